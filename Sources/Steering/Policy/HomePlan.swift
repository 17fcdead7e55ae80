import Units

/// Home workers and queue numbers handed out so far.
struct HomePlan {
  /// Queues at home on each worker; the default queue is at home on worker 0.
  private var load: [Int]
  private var taken: Set<QueueID>

  /// - Parameter kept: queues that stay as they are and so count from the start.
  init(workers: Int, kept: [QueueAssignment.Queue]) {
    load = Array(repeating: 0, count: workers)
    load[0] = 1
    taken = Set(kept.map(\.id))
    for queue in kept where Int(queue.start.home.index) < workers { load[Int(queue.start.home.index)] += 1 }
  }

  /// Where the kept queue started, if that still exists, else the worker with the fewest queues, the lowest number of
  /// equals.
  /// - Parameter workers: those that may be chosen; nil: all.
  mutating func home(_ kept: QueueAssignment.Queue?, among workers: [WorkerID]?) -> WorkerID {
    let choice = workers?.map { Int($0.index) } ?? Array(load.indices)
    if let home = kept?.start.home, choice.contains(Int(home.index)) { return home }
    let least = choice.min { (load[$0], $0) < (load[$1], $1) }!
    load[least] += 1
    return WorkerID(UInt8(least))
  }

  /// The lowest number that is free.
  mutating func nextQueue() -> QueueID {
    var id = QueueID(1)
    while taken.contains(id) { id.index += 1 }
    taken.insert(id)
    return id
  }
}
