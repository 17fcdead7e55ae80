import Units

/// Which queue each port has, where it starts, and the indirection table it starts with.
///
/// A pure function of the requests: `SteeringMaps` carries it out. Workers are numbered 0 to count - 1.
public struct QueueAssignment: Hashable, Sendable {
  /// One queue; the default queue has no port.
  public struct Queue: Hashable, Sendable {
    public let id: QueueID
    /// The port whose addresses are filtered to it.
    public let port: String?
    public let mode: SteeringMode
    /// Hashed frames leave the home worker.
    public let isSpread: Bool
    /// The table it started with; entries may have moved since.
    public let start: IndirectionTable
    public internal(set) var table: IndirectionTable

    /// - Parameter workers: how many there are.
    init(
      id: QueueID, port: String?, mode: SteeringMode, isSpread: Bool, start: IndirectionTable, kept: Queue?,
      workers: Int
    ) {
      (self.id, self.port, self.mode, self.isSpread, self.start) = (id, port, mode, isSpread, start)
      table = start
      // What moved stays where it is, unless the queue is to be spread in another way.
      if let kept, kept.mode == mode, kept.start == start, kept.table.used.allSatisfy({ $0.index < workers }) {
        table = kept.table
      }
    }
  }

  /// How one port's frames are steered.
  public struct Port: Hashable, Sendable {
    public let name: String
    /// Its own queue, or the default queue.
    public let queue: QueueID
    /// The port's addresses get filters to `queue`.
    public var hasOwnQueue: Bool { queue != .defaultQueue }
  }

  /// The default queue first, then in order of their numbers.
  public private(set) var queues: [Queue] = []
  /// In order of the requests.
  public private(set) var ports: [Port] = []

  public func port(_ name: String) -> Port? { ports.first { $0.name == name } }
  public func queue(_ id: QueueID) -> Queue? { queues.first { $0.id == id } }

  /// Assigns queues in order of the requests, first come first served: `limit` ports get a VMQ, the rest share the
  /// default queue. Home workers are chosen least loaded first, the default queue counting as one on worker 0.
  ///
  /// A port with `single` or `rss` of its own takes a table made so, which is no VMQ and does not count.
  /// - Parameters:
  ///   - workers: how many there are, 1 to 64.
  ///   - previous: ports that had a queue keep it, and its home worker where that still exists.
  public init(
    _ requests: [QueueRequest], mode: SteeringMode, workers: Int, limit: Int, keeping previous: QueueAssignment? = nil
  ) {
    precondition((1...64).contains(workers), "1 to 64 workers")
    let served = Self.served(requests, mode: mode, limit: limit, previous: previous)
    var plan = HomePlan(workers: workers, kept: served.compactMap { previous?.ownQueue(of: $0.name) })
    let defaultTable = Self.table(mode: mode, home: WorkerID(0), workers: workers, request: QueueRequest(name: ""))
    queues = [
      Queue(
        id: .defaultQueue, port: nil, mode: mode, isSpread: mode == .rss || mode == .vmqAndVRSS, start: defaultTable,
        kept: previous?.queues.first, workers: workers)
    ]
    for request in served {
      let chosen = request.mode ?? mode
      let kept = previous?.ownQueue(of: request.name)
      let home = chosen == .single ? WorkerID(0) : plan.home(kept, among: request.workers)
      let table = Self.table(mode: chosen, home: home, workers: workers, request: request)
      queues.append(
        Queue(
          id: kept?.id ?? plan.nextQueue(), port: request.name, mode: chosen,
          isSpread: chosen == .rss || chosen == .vmqAndVRSS && request.vrss, start: table, kept: kept,
          workers: workers))
    }
    let own = Dictionary(uniqueKeysWithValues: queues.compactMap { queue in queue.port.map { ($0, queue.id) } })
    ports = requests.map { Port(name: $0.name, queue: own[$0.name] ?? .defaultQueue) }
    queues.sort { $0.id < $1.id }
  }

  /// Entries of a queue have moved: this is its table from now on.
  public mutating func setTable(_ table: IndirectionTable, of queue: QueueID) {
    if let index = queues.firstIndex(where: { $0.id == queue }) { queues[index].table = table }
  }

  func ownQueue(of port: String) -> Queue? { queues.first { $0.port == port } }

  /// The ports that get a queue of their own: those that have one first.
  static func served(
    _ requests: [QueueRequest], mode: SteeringMode, limit: Int, previous: QueueAssignment?
  ) -> [QueueRequest] {
    var left = limit
    var names: Set<String> = []
    let old = requests.filter { previous?.ownQueue(of: $0.name) != nil }
    let new = requests.filter { previous?.ownQueue(of: $0.name) == nil }
    for request in old + new {
      if (request.mode ?? mode).usesFilters {
        guard request.wantsQueue, left > 0 else { continue }
        left -= 1
        names.insert(request.name)
      } else if request.mode != nil {
        names.insert(request.name)
      }
    }
    return requests.filter { names.contains($0.name) }
  }

  /// The table a queue starts with.
  static func table(mode: SteeringMode, home: WorkerID, workers: Int, request: QueueRequest) -> IndirectionTable {
    let all = request.workers ?? (0..<workers).map { WorkerID(UInt8($0)) }
    switch mode {
    case .single: return IndirectionTable(only: WorkerID(0))
    case .vmq: return IndirectionTable(only: home)
    case .rss: return IndirectionTable(home: home, spreadOver: all)
    case .vmqAndVRSS:
      guard request.vrss else { return IndirectionTable(only: home) }
      let first = all.firstIndex(of: home) ?? 0
      let skipped = request.excludeHome && all.count > 1 ? 1 : 0
      let count = min(max(request.maximumWorkers, 1), all.count - skipped)
      let spread = (0..<count).map { all[(first + skipped + $0) % all.count] }
      return IndirectionTable(home: home, spreadOver: spread)
    }
  }
}
