import Dataplane
import Testing
import Wire

/// Addresses from text, as rules are written.
func prefix(_ text: String) -> IPPrefix {
  let parts = text.split(separator: "/")
  return IPPrefix(IPAddress(String(parts[0]))!, length: Int(parts[1])!)
}

@Suite struct RuleScaleTests {
  /// Many nested prefixes of every length, and addresses on their edges: the longest one decides, as a dictionary for
  /// each length finds it.
  @Test(arguments: [false, true], [0, 1])
  func theLongestOfAHundredThousandPrefixesDecides(isIPv6: Bool, seed: UInt64) {
    var random = SplitMix64(seed: seed)
    let bits = isIPv6 ? 128 : 32
    var byLength: [[IPPrefix: UInt32]] = Array(repeating: [:], count: bits + 1)
    var rules: [BasicRule] = []
    var prefixes: [IPPrefix] = []
    while rules.count < 100_000 {
      var bytes = (0..<bits / 8).map { _ in UInt8.random(in: 0...255, using: &random) }
      // Half of them lie near another, so that they nest and touch.
      if let other = prefixes.randomElement(using: &random), Bool.random(using: &random) {
        let kept = Int.random(in: 0...bits / 8, using: &random)
        bytes.replaceSubrange(..<kept, with: other.address.bytes[..<kept])
      }
      let length = Bool.random(using: &random) ? bits : Int.random(in: 0...bits, using: &random)
      let prefix = IPPrefix(IPAddress(bytes: bytes)!, length: length)
      let cell = UInt32(rules.count + 1)
      if byLength[length].updateValue(cell, forKey: prefix) == nil {
        rules.append(BasicRule([.allow, .deny].randomElement(using: &random)!, .remote, .prefix(prefix), cell: cell))
        prefixes.append(prefix)
      } else {
        byLength[length][prefix] = UInt32(rules.firstIndex { $0.address == .prefix(prefix) }! + 1)
      }
    }
    let memory = RuleMemory(workers: 1, flows: 16, seed: 0)
    defer { memory.deallocate() }
    let tables = PortRules(in: PortRules.Direction(basic: rules), out: .init(), port: 0, memory: memory)
    var wrong = 0
    for _ in 0..<100_000 {
      let (high, low) = address(near: prefixes.randomElement(using: &random)!, bits, &random)
      let address = IPAddress(high: high, low: low, isIPv6: isIPv6)
      let expected = (0...bits).reversed().lazy.compactMap { byLength[$0][IPPrefix(address, length: $0)] }.first ?? 0
      var packet = Packet()
      packet.network = isIPv6 ? .ipv6 : .ipv4
      (packet.remoteHigh, packet.remoteLow) = (high, low)
      if tables.explain(packet, isIn: true).access != expected { wrong += 1 }
    }
    #expect(wrong == 0)
  }

  /// Its first, its last, the one before, the one behind, or any in it.
  private func address(
    near prefix: IPPrefix, _ bits: Int, _ random: inout SplitMix64
  ) -> (high: UInt64, low: UInt64) {
    let wide = UInt128(prefix.high) << 64 | UInt128(prefix.low)
    let size = prefix.length == 0 ? UInt128.max : UInt128.max >> UInt128(prefix.length)
    // IPv4 addresses are the upper 32 of 128 bits.
    let step = UInt128(1) << UInt128(128 - bits)
    var address =
      switch Int.random(in: 0..<5, using: &random) {
      case 0: wide
      case 1: wide | size
      case 2: wide &- step
      case 3: (wide | size) &+ step
      default: wide | UInt128.random(in: 0...size, using: &random)
      }
    address &= ~(step - 1)
    return (UInt64(truncatingIfNeeded: address >> 64), UInt64(truncatingIfNeeded: address))
  }
}
