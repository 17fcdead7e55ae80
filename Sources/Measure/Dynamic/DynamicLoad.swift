/// What the VMs ask for, phase after phase, in units of one worker's capacity. The same seed asks the same.
package struct DynamicLoad: Sendable {
  package static let vms = 16
  /// VMs that ask for something at a time, TCP flows of each, and the least and the most that one asks for.
  static let active = 10
  package static let flows = 4
  static let range = 0.2...0.8

  /// Index: phase, VM.
  package let phases: [[Double]]

  package init(seed: UInt64, phases: Int) {
    var random = SplitMix64(state: seed)
    self.phases = (0..<phases).map { _ in
      var demand = Array(repeating: 0.0, count: Self.vms)
      for vm in (0..<Self.vms).shuffled(using: &random).prefix(Self.active) {
        demand[vm] = .random(in: Self.range, using: &random)
      }
      return demand
    }
  }
}

/// SplitMix64 (Steele, Lea, Flood 2014).
private struct SplitMix64: RandomNumberGenerator {
  var state: UInt64

  mutating func next() -> UInt64 {
    state &+= 0x9E37_79B9_7F4A_7C15
    var z = state
    z = (z ^ z >> 30) &* 0xBF58_476D_1CE4_E5B9
    z = (z ^ z >> 27) &* 0x94D0_49BB_1331_11EB
    return z ^ z >> 31
  }
}
