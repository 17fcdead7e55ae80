import CMillraceABI
import Units

/// Which worker takes a queue's frames: entry `hash & 127`, or the home worker for what cannot be hashed.
public struct IndirectionTable: Hashable, Sendable {
  public static let entries = MR_INDIRECTION_ENTRIES

  public var home: WorkerID
  /// 128 of them.
  public var workers: [WorkerID]

  public init(home: WorkerID, workers: [WorkerID]) {
    precondition(workers.count == Self.entries, "an indirection table has 128 entries")
    (self.home, self.workers) = (home, workers)
  }

  /// Every frame to one worker.
  public init(only worker: WorkerID) {
    self.init(home: worker, workers: Array(repeating: worker, count: Self.entries))
  }

  /// Spreads the entries round robin over `workers`, in their order.
  public init(home: WorkerID, spreadOver workers: [WorkerID]) {
    self.init(home: home, workers: (0..<Self.entries).map { workers[$0 % workers.count] })
  }

  /// Gives all that one worker has, what cannot be hashed included, to another.
  public mutating func moveAll(from: WorkerID, to: WorkerID) {
    if home == from { home = to }
    for entry in workers.indices where workers[entry] == from { workers[entry] = to }
  }

  /// The workers that carry anything, in order.
  public var used: [WorkerID] { Set(workers + [home]).sorted() }
}
