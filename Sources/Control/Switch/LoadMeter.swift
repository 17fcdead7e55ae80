import Dataplane
import Units

/// The load of each worker over a time just past, from samples of its cumulative figures.
struct LoadMeter {
  private struct Sample {
    var moment: Nanoseconds
    var reports: [WorkerReport]
  }

  private var samples: [Sample] = []
  private let shares: [Share?]
  private let longest: Nanoseconds

  /// - Parameter longest: the longest time that loads are asked over.
  init(shares: [Share?], longest: Nanoseconds) {
    self.shares = shares
    self.longest = longest
  }

  mutating func sample(_ reports: [WorkerReport], at moment: Nanoseconds) {
    samples.append(Sample(moment: moment, reports: reports))
    // One more, so that the oldest is as old as that.
    while samples.count > 2 && moment - samples[1].moment >= longest { samples.removeFirst() }
  }

  /// 0 to 1. A real core: the part of the time in passes that found work. An emulated core: its thread's CPU time
  /// against its share.
  func load(of worker: Int, over time: Nanoseconds = .seconds(1)) -> Double {
    guard let last = samples.last,
      let first = samples.last(where: { last.moment - $0.moment >= time }) ?? samples.first,
      last.moment > first.moment
    else { return 0 }
    let wall = Double((last.moment - first.moment).count)
    let (from, to) = (first.reports[worker], last.reports[worker])
    if let share = shares[worker] {
      return min(1, Double(to.cpuNanoseconds &- from.cpuNanoseconds) / (wall * share.fraction))
    }
    return min(1, Double(to.busyNanoseconds &- from.busyNanoseconds) / wall)
  }
}
