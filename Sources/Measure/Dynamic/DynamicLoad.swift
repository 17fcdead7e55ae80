import Units

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
    var random = SplitMix64(seed: seed)
    self.phases = (0..<phases).map { _ in
      var demand = Array(repeating: 0.0, count: Self.vms)
      for vm in (0..<Self.vms).shuffled(using: &random).prefix(Self.active) {
        demand[vm] = .random(in: Self.range, using: &random)
      }
      return demand
    }
  }
}
