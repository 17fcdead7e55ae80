import Units

/// Joins what two workers do on one of them.
enum Coalescing {
  /// The moves that free the least loaded worker, to the most loaded one that has room for all of it; none when there is
  /// no such pair. A large queue list takes several calls.
  static func plan(_ load: SwitchLoad, lower: Double) -> [PlannedMove] {
    let placement = Placement(load)
    let places = load.queues.indices
    let carrying = load.workers.indices.filter { worker in places.contains { placement.has(worker, $0) } }
    // Of workers that are about alike the first one stays, so that all quiet queues meet there.
    let level = load.workers.map { ($0 / RebalancePolicy.leastDifference).rounded(.down) }
    let sources = carrying.sorted { (level[$0], $1) < (level[$1], $0) }
    let targets = carrying.sorted { (level[$1], $0) < (level[$0], $1) }
    for source in sources {
      let units = places.filter { placement.has(source, $0) }.map {
        Placement.Unit(place: $0, entry: nil, load: placement.load(of: $0, at: source))
      }
      // A worker that keeps something does not sleep: nothing is gained.
      if units.contains(where: { load.queues[$0.place].freedom == .none }) { continue }
      for target in targets where target != source && load.workers[source] + load.workers[target] <= lower {
        guard units.allSatisfy({ placement.allows($0, from: source, to: target) }) else { continue }
        return units.prefix(RebalancePolicy.mostMoves).map {
          PlannedMove(
            queue: load.queues[$0.place].queue, entry: nil, from: source, to: target, load: $0.load, reason: .coalesce)
        }
      }
    }
    return []
  }
}
