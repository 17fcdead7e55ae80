import CMillraceABI
import Units

/// How loaded a switch was over a window of time.
public struct SwitchLoad: Hashable, Sendable {
  /// The part of its capacity that each worker used, 0 to 1.
  public var workers: [Double]
  /// Every queue, those that stay where they are too.
  public var queues: [QueueLoad]

  public init(workers: [Double], queues: [QueueLoad]) { (self.workers, self.queues) = (workers, queues) }
}

/// One queue: what may be done with it and what it costs.
public struct QueueLoad: Hashable, Sendable {
  public enum Freedom: Hashable, Sendable {
    /// Stays where it is.
    case none
    /// Moves as a whole (dVMQ).
    case whole
    /// Entries move on their own (vRSS); what cannot be hashed stays on the home worker.
    case entries
  }

  public var queue: QueueID
  public var table: IndirectionTable
  public var freedom: Freedom
  /// Workers that hashed frames are spread over, at most.
  public var maximumWorkers: Int
  /// Hashed frames stay off the home worker.
  public var excludesHome: Bool
  /// The workers that may serve the queue; nil: all.
  public var workers: Set<WorkerID>?
  /// Load of each entry, as a part of one worker's capacity; the last element is what cannot be hashed.
  public var entries: [Double]

  /// Entries of a table, and one for what cannot be hashed.
  public static let entryCount = IndirectionTable.entries + 1

  public init(
    queue: QueueID, table: IndirectionTable, freedom: Freedom, maximumWorkers: Int = .max, excludesHome: Bool = false,
    workers: Set<WorkerID>? = nil, entries: [Double] = Array(repeating: 0, count: Self.entryCount)
  ) {
    precondition(entries.count == Self.entryCount, "a load for each entry, and for what cannot be hashed")
    (self.queue, self.table, self.freedom) = (queue, table, freedom)
    (self.maximumWorkers, self.excludesHome, self.entries) = (maximumWorkers, excludesHome, entries)
    self.workers = workers
  }
}

/// A move that a rebalancer wants.
public struct PlannedMove: Hashable, Sendable {
  public enum Reason: Hashable, Sendable { case overload, coalesce }

  public var queue: QueueID
  /// 0 to 127; nil: all that `from` has of the queue, what cannot be hashed included.
  public var entry: Int?
  public var from: Int
  public var to: Int
  /// What moves, as a part of one worker's capacity.
  public var load: Double
  public var reason: Reason

  public init(queue: QueueID, entry: Int?, from: Int, to: Int, load: Double, reason: Reason) {
    (self.queue, self.entry, self.from, self.to) = (queue, entry, from, to)
    (self.load, self.reason) = (load, reason)
  }
}

/// What a rebalancer finds.
public struct RebalancePlan: Hashable, Sendable {
  /// In the order to make them.
  public var moves: [PlannedMove] = []
  /// Entries that alone fill their worker: a flow cannot be divided, so they stay.
  public var lone: [LoneEntry] = []

  public struct LoneEntry: Hashable, Sendable {
    public var queue: QueueID
    public var entry: Int
    public var worker: Int
    public var load: Double
  }
}
