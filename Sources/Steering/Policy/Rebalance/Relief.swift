import Units

/// Takes load from overloaded workers.
enum Relief {
  /// - Parameter mayMove: whether a unit of a queue may move now.
  /// - Returns: the moves, and the part by which they lessen the variance of the loads.
  static func plan(
    _ load: SwitchLoad, upper: Double, mayMove: (Placement.Unit, QueueID) -> Bool
  ) -> (found: RebalancePlan, gain: Double) {
    var placement = Placement(load)
    var plan = RebalancePlan()
    var received = Array(repeating: 0, count: load.workers.count)
    let before = placement.variance
    let sources = load.workers.indices.filter { load.workers[$0] >= upper }.sorted {
      (load.workers[$1], $0) < (load.workers[$0], $1)
    }
    for source in sources {
      let units = placement.units(at: source).filter { $0.load >= RebalancePolicy.leastLoad }
      if let first = units.first, let entry = first.entry, first.load >= upper {
        let queue = placement.queues[first.place].queue
        plan.lone.append(.init(queue: queue, entry: entry, worker: source, load: first.load))
      }
      /// Gives a unit to the least loaded worker that may have it, if that is then no more loaded than `limit` says.
      func give(_ unit: Placement.Unit, limit: (_ source: Double) -> Double) -> Bool {
        guard mayMove(unit, placement.queues[unit.place].queue) else { return false }
        let targets = load.workers.indices.filter {
          $0 != source && received[$0] < RebalancePolicy.mostMoves && placement.allows(unit, from: source, to: $0)
        }
        guard let target = targets.min(by: { (placement.loads[$0], $0) < (placement.loads[$1], $1) }),
          placement.loads[source] - placement.loads[target] >= RebalancePolicy.leastDifference,
          placement.loads[target] + unit.load <= limit(placement.loads[source])
        else { return false }
        placement.move(unit, from: source, to: target)
        received[target] += 1
        plan.moves.append(
          PlannedMove(
            queue: placement.queues[unit.place].queue, entry: unit.entry, from: source, to: target, load: unit.load,
            reason: .overload))
        return true
      }
      // The heaviest first, as long as the worker that gets it stays below the one that gives it. What does not fit
      // once does not fit later: the one has less then, the others have more.
      var moved = false
      for unit in units where give(unit, limit: { $0 - unit.load }) { moved = true }
      // All are heavy: the lightest may change the two workers' places, if the heavier one is then less loaded.
      if !moved {
        for unit in units.reversed() where give(unit, limit: { $0 - RebalancePolicy.leastDifference }) { break }
      }
    }
    return (plan, before > 0 ? (before - placement.variance) / before : 0)
  }
}
