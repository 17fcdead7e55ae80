import Dataplane
import Units

/// The load of each worker over the last second, from samples of its cumulative figures.
struct LoadMeter {
  private struct Sample {
    var moment: Nanoseconds
    var reports: [WorkerReport]
  }

  private var samples: [Sample] = []
  private let shares: [Share?]
  /// Samples kept: the load is taken between the oldest and the newest.
  private static let kept = 5

  init(shares: [Share?]) { self.shares = shares }

  mutating func sample(_ reports: [WorkerReport], at moment: Nanoseconds) {
    samples.append(Sample(moment: moment, reports: reports))
    if samples.count > Self.kept { samples.removeFirst() }
  }

  /// 0 to 1. A real core: the part of the time in passes that found work. An emulated core: its thread's CPU time
  /// against its share.
  func load(of worker: Int) -> Double {
    guard let first = samples.first, let last = samples.last, last.moment > first.moment else { return 0 }
    let wall = Double((last.moment - first.moment).count)
    let (from, to) = (first.reports[worker], last.reports[worker])
    if let share = shares[worker] {
      return min(1, Double(to.cpuNanoseconds &- from.cpuNanoseconds) / (wall * share.fraction))
    }
    return min(1, Double(to.busyNanoseconds &- from.busyNanoseconds) / wall)
  }
}
