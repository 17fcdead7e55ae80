/// What workers carry of demands when somebody who knows them places them. Demands are in units of one worker's
/// capacity.
package enum BestPlacement {
  /// The worker of each demand: the heaviest first, to the one with the least.
  package static func place(_ demands: [Double], workers: Int) -> [Int] {
    var loads = Array(repeating: 0.0, count: workers)
    var placed = Array(repeating: 0, count: demands.count)
    for index in demands.indices.sorted(by: { (demands[$1], $0) < (demands[$0], $1) }) {
      let least = loads.indices.min { loads[$0] < loads[$1] } ?? 0
      loads[least] += demands[index]
      placed[index] = least
    }
    return placed
  }

  /// What is carried: a worker carries no more than its capacity.
  package static func carried(_ demands: [Double], by placed: [Int], workers: Int) -> Double {
    var loads = Array(repeating: 0.0, count: workers)
    for (demand, worker) in zip(demands, placed) { loads[worker] += demand }
    return loads.reduce(0) { $0 + min(1, $1) }
  }

  /// Each phase placed anew.
  package static func anew(_ phases: [[Double]], workers: Int) -> [Double] {
    phases.map { carried($0, by: place($0, workers: workers), workers: workers) }
  }

  /// The one placement for all phases that is made for their mean.
  package static func once(_ phases: [[Double]], workers: Int) -> [Double] {
    guard let first = phases.first else { return [] }
    let mean = first.indices.map { index in phases.reduce(0) { $0 + $1[index] } / Double(phases.count) }
    let placed = place(mean, workers: workers)
    return phases.map { carried($0, by: placed, workers: workers) }
  }
}
