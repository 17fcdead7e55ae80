import Dataplane
import Units
import Wire

/// Random rules that nest and touch, and frames that fall on and beside their edges.
struct RuleGenerator {
  var random: SplitMix64
  private(set) var nextCell: UInt32 = 1

  init(seed: UInt64) { random = SplitMix64(seed: seed) }

  mutating func chance(_ percent: Int) -> Bool { Int.random(in: 0..<100, using: &random) < percent }

  mutating func cell() -> UInt32 {
    defer { nextCell += 1 }
    return nextCell
  }

  /// Few different first bits, so that prefixes nest.
  mutating func address(isIPv6: Bool) -> IPAddress {
    var bytes: [UInt8] = isIPv6 ? [0x20, 0x01, 0x0D, 0xB8] + Array(repeating: 0, count: 12) : [10, 0, 0, 0]
    for i in bytes.indices {
      if chance(30) { bytes[i] = UInt8.random(in: 0...255, using: &random) }
      if chance(20) { bytes[i] = [0, 1, 0x7F, 0x80, 0xFF].randomElement(using: &random)! }
    }
    return IPAddress(bytes: bytes)!
  }

  mutating func prefix() -> IPPrefix {
    let isIPv6 = chance(40)
    let lengths = isIPv6 ? [0, 1, 32, 48, 56, 63, 64, 65, 96, 127, 128] : [0, 1, 8, 16, 24, 31, 32]
    let length =
      chance(50) ? lengths.randomElement(using: &random)! : Int.random(in: 0...(isIPv6 ? 128 : 32), using: &random)
    return IPPrefix(address(isIPv6: isIPv6), length: length)
  }

  /// One direction's rules, as the configuration would let them be: one access rule and one meter for each address.
  mutating func rules() -> PortRules.Direction {
    var rules = PortRules.Direction()
    struct Key: Hashable {
      var end: RuleEnd
      var address: BasicRule.Address
      var isMeter: Bool
    }
    var taken: Set<Key> = []
    let ends: [RuleEnd] = chance(50) ? [.remote] : [.remote, .local]
    for _ in 0..<Int.random(in: 0...24, using: &random) {
      let action: RuleAction = [.allow, .deny, .meter].randomElement(using: &random)!
      var address: BasicRule.Address = chance(10) ? .any : .prefix(prefix())
      if action != .meter && chance(10) { address = chance(20) ? .anyMAC : .mac(mac()) }
      let end = ends.randomElement(using: &random)!
      // `any` is both prefixes of length 0.
      let all: [BasicRule.Address] = [.prefix(.all(isIPv6: false)), .prefix(.all(isIPv6: true))]
      let names = (address == .any ? all : [address]).map { Key(end: end, address: $0, isMeter: action == .meter) }
      if names.contains(where: taken.contains) { continue }
      taken.formUnion(names)
      rules.basic.append(BasicRule(action, end, address, cell: cell()))
    }
    if chance(50) {
      let weights = (1...300).shuffled(using: &random)
      for weight in weights.prefix(Int.random(in: 0...(chance(10) ? 200 : 8), using: &random)) {
        rules.extended.append(extended(weight))
      }
    }
    if chance(70) { rules.restCell = cell() }
    return rules
  }

  mutating func extended(_ weight: Int) -> ExtendedRule {
    var rule = ExtendedRule(weight: weight, chance(50) ? .allow : .deny, cell: cell())
    let isIPv6 = chance(40)
    func of(_ version: Bool, _ prefix: IPPrefix) -> IPPrefix? { prefix.isIPv6 == version ? prefix : nil }
    if chance(60) { rule.remote = of(isIPv6, prefix()) }
    if chance(40) { rule.local = of(isIPv6, prefix()) }
    if chance(60) { rule.ipProtocol = [6, 17, 1, 58, 50].randomElement(using: &random)! }
    if rule.ipProtocol == 6 || rule.ipProtocol == 17 {
      if chance(50) { rule.remotePorts = ports() }
      if chance(50) { rule.localPorts = ports() }
    }
    return rule
  }

  private mutating func ports() -> ClosedRange<UInt16> {
    let ends = [port(), port()].sorted()
    return chance(30) ? ends[0]...ends[0] : ends[0]...ends[1]
  }

  private mutating func port() -> UInt16 {
    chance(50)
      ? [0, 1, 80, 443, 1023, 1024, 65534, 65535].randomElement(using: &random)! : .random(in: 0...2000, using: &random)
  }

  mutating func mac() -> MACAddress { MACAddress(value: station(Int.random(in: 1...4, using: &random))) }

  /// An address at, just before or just behind the edge of a prefix of the rules, or any.
  mutating func address(near rules: PortRules.Direction, isIPv6: Bool) -> [UInt8] {
    let prefixes =
      rules.basic.compactMap { if case .prefix(let prefix) = $0.address { prefix } else { nil } }
      + rules.extended.flatMap { [$0.remote, $0.local].compactMap { $0 } }
    guard chance(80), let prefix = prefixes.filter({ $0.isIPv6 == isIPv6 }).randomElement(using: &random) else {
      return address(isIPv6: isIPv6).bytes
    }
    var bytes = prefix.address.bytes
    // Bits behind the prefix: none, all, or any.
    let fill: UInt8? = [0, 0xFF, nil].randomElement(using: &random)!
    for bit in prefix.length..<8 * bytes.count {
      let mask: UInt8 = 0x80 >> UInt8(bit % 8)
      if (fill ?? UInt8.random(in: 0...255, using: &random)) & mask != 0 { bytes[bit / 8] |= mask }
    }
    guard chance(30) else { return bytes }
    // One less, or one more.
    let step = chance(50) ? 1 : -1
    for i in bytes.indices.reversed() {
      let sum = Int(bytes[i]) + step
      bytes[i] = UInt8(truncatingIfNeeded: sum)
      if (0...255).contains(sum) { break }
    }
    return bytes
  }

  /// A frame: mostly sound TCP, UDP and others; also fragments, extension headers, tags, ARP, cut and contradictory ones.
  mutating func frame(to destination: UInt64, from source: UInt64, near rules: PortRules.Direction) -> [UInt8] {
    let isIPv6 = chance(40)
    let (from, to) = (address(near: rules, isIPv6: isIPv6), address(near: rules, isIPv6: isIPv6))
    let kind = [6, 6, 17, 17, 1, 58, 50].randomElement(using: &random)!
    var l4 = big16(Int(port())) + big16(Int(port())) + pattern(Int.random(in: 0...40, using: &random))
    if chance(3) { l4 = Array(l4.prefix(Int.random(in: 0...3, using: &random))) }
    var packet: [UInt8]
    if isIPv6 {
      var next = kind
      var chain: [UInt8] = []
      if chance(10) {
        chain = [UInt8(kind), 0, UInt8.random(in: 0...255, using: &random), 0, 0, 0, 0, 1]
        next = 44
      }
      while chance(15) {
        let size = Int.random(in: 0...2, using: &random)
        chain = [UInt8(next), UInt8(size)] + pattern(6 + 8 * size) + chain
        next = [0, 43, 60].randomElement(using: &random)!
      }
      packet = [0x60, 0, 0, 0] + big16(chain.count + l4.count) + [UInt8(next), 64] + from + to + chain + l4
    } else {
      let options = chance(10) ? pattern(4 * Int.random(in: 1...10, using: &random)) : []
      let fragment = chance(10) ? [0x2000, 0x0001, 0x2001, 0x1FFF].randomElement(using: &random)! : 0x4000
      packet =
        [UInt8(0x45 + options.count / 4), 0] + big16(20 + options.count + l4.count) + [0, 1] + big16(fragment)
        + [64, UInt8(kind), 0, 0] + from + to + options + l4
    }
    if chance(3) {
      packet[Int.random(in: 0..<min(8, packet.count), using: &random)] = UInt8.random(in: 0...255, using: &random)
    }
    if chance(4) { packet = Array(packet.prefix(Int.random(in: 0..<packet.count, using: &random))) }
    var frame = ethernet(to: destination, from: source, type: isIPv6 ? 0x86DD : 0x0800, payload: packet)
    if chance(4) { frame = ethernet(to: destination, from: source, type: 0x0806, payload: pattern(28)) }
    // A priority tag, or one of the network of untagged frames; sometimes two.
    if chance(10) { frame = tagged(frame, 0x6000) }
    if chance(3) { frame = tagged(frame, 0x2000) }
    if chance(2) { frame.replaceSubrange(12..<14, with: [0x88, 0xA8]) }
    return frame
  }
}
