import Dataplane
import Units

/// What each class has sent over the last second or so, and what it is granted.
struct ClassRates {
  private var samples: [(moment: Nanoseconds, bytes: [UInt64])] = []
  /// Whose slots the samples are of.
  private var state: BandwidthState?

  mutating func sample(_ bandwidth: BandwidthState, at moment: Nanoseconds) {
    if state !== bandwidth { samples = [] }
    state = bandwidth
    samples.append((moment, bandwidth.figures().map(\.bytes)))
    if samples.count > 5 { samples.removeFirst() }
  }

  /// Bits a second; 0 until it has been sampled.
  func rate(of slot: Int, in bandwidth: BandwidthState) -> Double {
    guard state === bandwidth, let first = samples.first, let last = samples.last, last.moment > first.moment
    else { return 0 }
    return Double(last.bytes[slot] &- first.bytes[slot]) * 8 / (last.moment - first.moment).seconds
  }

  /// What each class could have now, in bits a second, on the first link that names a rate: all others want what they sent
  /// last, or more when frames of theirs wait. nil: no rate limits it.
  func granted(by bandwidth: BandwidthState, waiting: [Int]) -> [Double?] {
    let plan = bandwidth.plan
    let link = plan.ports.first { $0.isUplink && $0.rate != nil }
    let demands = bandwidth.slots.indices.map { waiting[$0] > 0 ? Double.infinity : rate(of: $0, in: bandwidth) }
    return bandwidth.slots.indices.map { slot in
      var wanted = demands
      wanted[slot] = .infinity
      let granted = plan.allocation(
        of: link?.rate.map { Double($0.bitsPerSecond) } ?? .infinity, rest: link?.rest ?? .none, demands: wanted)[slot]
      return granted.isFinite ? granted : nil
    }
  }
}
