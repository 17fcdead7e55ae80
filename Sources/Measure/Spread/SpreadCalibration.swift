import Units

/// How the link's rate is fixed before the runs: one worker's capacity is measured, and the link is made so wide that
/// one worker carries about the part of it that one core carried of 10 Gb/s in the account.
package enum SpreadCalibration {
  /// One flow, four flows, and one flow with half the share of a CPU, each through one worker, the link unlimited.
  static let name = "one-worker"
  static let fourName = "one-worker-four-flows"
  static let halfName = "one-worker-half-share"

  /// The part of the link that one worker carries at best. A little less than the 4 of 10 Gb/s of the account: a capacity
  /// measured while the machine was disturbed is too low, never too high.
  static let part = 0.38

  /// The link's rate for a worker's capacity, rounded to three digits.
  package static func link(for capacity: BitRate) -> BitRate {
    let exact = Double(capacity.bitsPerSecond) / part
    var step = 1.0
    while exact / step >= 1000 { step *= 10 }
    return BitRate(bitsPerSecond: UInt64((exact / step).rounded() * step))
  }
}
