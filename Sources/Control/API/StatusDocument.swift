/// What can be shown of a running switch: `millrace show SUBJECT`, `GET /v1/SUBJECT`.
public enum StatusSubject: String, CaseIterable, Sendable {
  case summary, ports, workers, queues, indirection, fdb, acl, meters, frames, drops, moves, teams, qos
}

/// The answer about a subject: one JSON object with one key, named after the subject.
public protocol StatusDocument: Codable, Sendable, Equatable {
  static var subject: StatusSubject { get }
}

/// The whole switch in one object.
public struct SummaryDocument: StatusDocument {
  public static let subject = StatusSubject.summary
  public var summary: SummaryStatus
  public init(summary: SummaryStatus) { self.summary = summary }
}

/// Every port, uplinks included.
public struct PortsDocument: StatusDocument {
  public static let subject = StatusSubject.ports
  public var ports: [PortStatus]
  public init(ports: [PortStatus]) { self.ports = ports }
}

/// Every worker.
public struct WorkersDocument: StatusDocument {
  public static let subject = StatusSubject.workers
  public var workers: [WorkerStatus]
  public init(workers: [WorkerStatus]) { self.workers = workers }
}

/// The default queue and every VMQ.
public struct QueuesDocument: StatusDocument {
  public static let subject = StatusSubject.queues
  public var queues: [QueueStatus]
  public init(queues: [QueueStatus]) { self.queues = queues }
}

/// The indirection table of every queue.
public struct IndirectionDocument: StatusDocument {
  public static let subject = StatusSubject.indirection
  public var indirection: [IndirectionStatus]
  public init(indirection: [IndirectionStatus]) { self.indirection = indirection }
}

/// Every address learned or configured.
public struct FDBDocument: StatusDocument {
  public static let subject = StatusSubject.fdb
  public var fdb: [FDBStatus]
  public init(fdb: [FDBStatus]) { self.fdb = fdb }
}

/// Every rule of every port.
public struct ACLDocument: StatusDocument {
  public static let subject = StatusSubject.acl
  public var acl: [RuleStatus]
  public init(acl: [RuleStatus]) { self.acl = acl }
}

/// Every meter.
public struct MetersDocument: StatusDocument {
  public static let subject = StatusSubject.meters
  public var meters: [MeterStatus]
  public init(meters: [MeterStatus]) { self.meters = meters }
}

/// Where every frame of the arena is.
public struct FramesDocument: StatusDocument {
  public static let subject = StatusSubject.frames
  public var frames: FramesStatus
  public init(frames: FramesStatus) { self.frames = frames }
}

/// Every reason for which a port dropped frames.
public struct DropsDocument: StatusDocument {
  public static let subject = StatusSubject.drops
  public var drops: [DropStatus]
  public init(drops: [DropStatus]) { self.drops = drops }
}

/// The newest moves of indirection entries, oldest first.
public struct MovesDocument: StatusDocument {
  public static let subject = StatusSubject.moves
  public var moves: [MoveStatus]
  public init(moves: [MoveStatus]) { self.moves = moves }
}
