import Units

/// Decides which queues and entries go to other workers: loads in, moves out. Time is a parameter; nothing else is asked.
///
/// Overloaded workers give away, the heaviest that fits first (RSSv2: entries move only from the worker that has too much);
/// when none is, workers that one can do the work of are joined, so that the others sleep (dVMQ).
public struct Rebalancer: Sendable {
  public var policy: RebalancePolicy
  private var lastMoves: [Key: LastMove] = [:]
  /// When anything moved last, and when a worker was overloaded last.
  private var lastChange: Nanoseconds
  private var lastOverload: Nanoseconds

  private struct Key: Hashable {
    var queue: QueueID
    var entry: Int?
  }

  private struct LastMove {
    var at: Nanoseconds
    /// What it is compared with: has the load changed since?
    var load: Double
  }

  public init(_ policy: RebalancePolicy, at now: Nanoseconds) {
    self.policy = policy
    (lastChange, lastOverload) = (now, now)
  }

  /// Whether a worker has too much.
  public func isOverloaded(_ load: Double) -> Bool { load >= policy.upper.fraction }

  /// What to move, given loads over the window before `now`. Nothing is taken for done until `made` says so.
  public mutating func plan(_ load: SwitchLoad, at now: Nanoseconds) -> RebalancePlan {
    // What moved within the window is in the loads of both workers.
    guard now - lastChange >= policy.window else { return RebalancePlan() }
    if load.workers.contains(where: isOverloaded) {
      measureMoved(load, at: now)
      return relieve(load, at: now)
    }
    guard now - lastOverload >= policy.minimumInterval else { return RebalancePlan() }
    return RebalancePlan(moves: Coalescing.plan(load, lower: policy.lower.fraction))
  }

  /// Tells of the loads without asking for a plan: whether workers may soon be joined depends on them.
  public mutating func saw(_ workers: [Double], at now: Nanoseconds) {
    if workers.contains(where: isOverloaded) { lastOverload = now }
  }

  /// Tells that a move of a plan was made.
  public mutating func made(_ move: PlannedMove, at now: Nanoseconds) {
    lastChange = now
    if move.reason == .overload {
      lastMoves[Key(queue: move.queue, entry: move.entry)] = LastMove(at: now, load: move.load)
    }
    lastMoves = lastMoves.filter { now - $0.value.at < policy.minimumInterval }
  }

  /// What was moved was held back by a worker that had too much: it grows where it went, and where that worker is full as
  /// well, what is there contends for it. Neither is a change of load: until that is over, the most that is measured is
  /// what later loads are compared with.
  private mutating func measureMoved(_ load: SwitchLoad, at now: Nanoseconds) {
    let entries = Dictionary(uniqueKeysWithValues: load.queues.map { ($0.queue, $0.entries) })
    for (key, move) in lastMoves where isSettling(move, at: now) {
      guard let entries = entries[key.queue] else { continue }
      lastMoves[key]?.load = max(move.load, key.entry.map { entries[$0] } ?? entries.reduce(0, +))
    }
  }

  private func isSettling(_ move: LastMove, at now: Nanoseconds) -> Bool {
    now - move.at < Nanoseconds(policy.window.count * RebalancePolicy.settlingWindows)
  }

  private func relieve(_ load: SwitchLoad, at now: Nanoseconds) -> RebalancePlan {
    let plan = Relief.plan(load, upper: policy.upper.fraction) { unit, queue in
      guard let last = lastMoves[Key(queue: queue, entry: unit.entry)], now - last.at < policy.minimumInterval else {
        return true
      }
      // On a full worker less may as well be what contention leaves: only growth is told from it.
      return !isSettling(last, at: now) && unit.load > RebalancePolicy.loadGrowth * last.load
    }
    return plan.gain >= policy.minimumGain.fraction ? plan.found : RebalancePlan(lone: plan.found.lone)
  }
}
