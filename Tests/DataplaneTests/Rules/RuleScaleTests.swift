import Dataplane
import Testing
import Units
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

  /// As few to as many prefixes as tables have shapes for, crowded below one random point of the address space.
  @Test(arguments: [false, true])
  func theLongestOfCrowdedPrefixesDecides(isIPv6: Bool) {
    var random = SplitMix64(seed: isIPv6 ? 6 : 4)
    let bits = isIPv6 ? 128 : 32
    let memory = RuleMemory(workers: 1, flows: 16, seed: 0)
    defer { memory.deallocate() }
    var wrong = 0
    for round in 0..<1_000 {
      let shared = Int.random(in: 0...bits - 8, using: &random)
      // Blocks of ones, whose last key has no successor, as well as any.
      let base = (0..<bits / 8).map { _ in round % 4 == 0 ? 255 : UInt8.random(in: 0...255, using: &random) }
      let point = IPPrefix(IPAddress(bytes: base)!, length: shared)
      let longest = min(bits, shared + Int.random(in: 8...80, using: &random))
      var rules: [IPPrefix: UInt32] = [:]
      for cell in 1...UInt32.random(in: 1...120, using: &random) {
        let (high, low) = address(near: point, bits, &random)
        let length = Int.random(in: shared...longest, using: &random)
        rules[IPPrefix(IPAddress(high: high, low: low, isIPv6: isIPv6), length: length)] = cell
      }
      let basic = rules.map { BasicRule(.deny, .remote, .prefix($0.key), cell: $0.value) }
      let tables = PortRules(in: PortRules.Direction(basic: basic), out: .init(), port: 0, memory: memory)
      for _ in 0..<200 {
        let (high, low) = address(near: rules.keys.randomElement(using: &random)!, bits, &random)
        let address = IPAddress(high: high, low: low, isIPv6: isIPv6)
        let expected = (0...bits).reversed().lazy.compactMap { rules[IPPrefix(address, length: $0)] }.first ?? 0
        var packet = Packet()
        packet.network = isIPv6 ? .ipv6 : .ipv4
        (packet.remoteHigh, packet.remoteLow) = (high, low)
        if tables.explain(packet, isIn: true).access != expected { wrong += 1 }
      }
    }
    #expect(wrong == 0)
  }

  /// Its first, its last, the one before, the one behind, or any in it.
  fileprivate func address(
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

extension RuleScaleTests {
  /// The road leads look-ups of many frames side by side: each frame is counted by the meter that the tables name for it.
  @Test(arguments: [4, 6], [1, 3, 300, 20_000])
  func eachFrameIsCountedByTheMeterOfItsLongestPrefix(version: Int, count: Int) throws {
    var random = SplitMix64(seed: UInt64(count))
    let (size, bits) = version == 4 ? (4, 32) : (16, 128)
    var prefixes: [IPPrefix] = []
    for _ in 0..<count {
      var bytes = (0..<size).map { _ in UInt8.random(in: 0...255, using: &random) }
      if let other = prefixes.randomElement(using: &random), Int.random(in: 0..<3, using: &random) == 0 {
        bytes.replaceSubrange(..<(size / 2), with: other.address.bytes[..<(size / 2)])
      }
      let lengths = version == 4 ? [8, 16, 24, 32] : [32, 48, 64, 96, 128]
      prefixes.append(IPPrefix(IPAddress(bytes: bytes)!, length: lengths.randomElement(using: &random)!))
    }
    prefixes = Array(Set(prefixes))
    let rules = PortRules.Direction(
      basic: prefixes.enumerated().map { BasicRule(.meter, .remote, .prefix($1), cell: UInt32($0 + 2)) }, restCell: 1)
    try withSwitch([TestPort(rules: (in: rules, out: rules)), TestPort(rules: (in: rules, out: rules)), TestPort()]) {
      bench in
      bench.fdb.insertStatic(MACAddress(value: station(2)), vlan: 0, port: PortID(1))
      let memory = RuleMemory(workers: 1, flows: 16, seed: 0)
      defer { memory.deallocate() }
      let tables = PortRules(in: rules, out: rules, port: 0, memory: memory)
      var expected: [UInt32: UInt64] = [:]
      for n in 0..<2_000 {
        var packet = Packet()
        packet.network = version == 4 ? .ipv4 : .ipv6
        var frame = ipFrame(
          to: station(2), from: station(1), version: version, .udp, payload: pattern(22), checksum: .right)
        // Remote is the destination on the way out, the source on the way in.
        for (offset, isIn) in [(version == 4 ? 30 : 38, false), (version == 4 ? 26 : 22, true)] {
          let (high, low) = address(near: prefixes.randomElement(using: &random)!, bits, &random)
          let bytes = IPAddress(high: high, low: low, isIPv6: version == 6).bytes
          frame.replaceSubrange(offset..<offset + size, with: bytes)
          (packet.remoteHigh, packet.remoteLow) = (high, low)
          let meter = tables.explain(packet, isIn: isIn).meter
          expected[meter == 0 ? 1 : meter, default: 0] += 1
        }
        bench.inject(frame, at: 0)
        if n % 300 == 299 { bench.run() }
      }
      bench.run()
      let counted = (1...UInt32(prefixes.count + 1)).filter { bench.memory.cells[$0].frames != 0 }
      #expect(Set(counted) == Set(expected.keys))
      for (cell, frames) in expected { #expect(bench.memory.cells[cell].frames == frames, "cell \(cell)") }
    }
  }
}
