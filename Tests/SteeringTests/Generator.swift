import Units
import Wire

/// SplitMix64: the same frames on every run.
struct Generator: RandomNumberGenerator {
  var state: UInt64

  mutating func next() -> UInt64 {
    state &+= 0x9E37_79B9_7F4A_7C15
    var z = state
    z = (z ^ z >> 30) &* 0xBF58_476D_1CE4_E5B9
    z = (z ^ z >> 27) &* 0x94D0_49BB_1331_11EB
    return z ^ z >> 31
  }

  mutating func below(_ bound: Int) -> Int { Int.random(in: 0..<bound, using: &self) }
  mutating func chance(_ percent: Int) -> Bool { below(100) < percent }
  mutating func bytes(_ count: Int) -> [UInt8] { (0..<count).map { _ in UInt8(truncatingIfNeeded: next()) } }
  mutating func pick<T>(_ values: [T]) -> T { values[below(values.count)] }
}

/// Frames of every kind a sender may produce, well-formed, broken and random.
struct FrameGenerator {
  var random: Generator
  let destinations: [MACAddress]
  let vlans: [UInt16]

  init(seed: UInt64, destinations: [MACAddress], vlans: [UInt16]) {
    (random, self.destinations, self.vlans) = (Generator(state: seed), destinations, vlans)
  }

  mutating func next() -> [UInt8] {
    if random.chance(5) { return random.bytes(14 + random.below(300)) }
    var frame = wellFormed()
    if random.chance(40) { damage(&frame) }
    return frame
  }

  private mutating func wellFormed() -> [UInt8] {
    var builder = FrameBuilder(to: random.pick(destinations), from: MACAddress(value: random.next() & ~(1 << 40)))
    if random.chance(30) { builder = builder.tagged(random.pick(vlans), priority: UInt8(random.below(8))) }
    if random.chance(5) {
      builder = builder.tagged(
        random.pick(vlans), type: random.chance(50) ? EtherType.vlan : EtherType.serviceVLAN)
    }
    switch random.below(20) {
    case 0:
      return builder.arp(
        operation: 1, senderMAC: destinations[0], sender: "10.0.0.1", targetMAC: .broadcast, target: "10.0.0.2")
    case 1: return builder.payload(type: UInt16(truncatingIfNeeded: random.next()), random.bytes(random.below(100)))
    case 2..<12: return transport(ipv4(builder))
    default: return transport(ipv6(builder))
    }
  }

  private mutating func ipv4(_ builder: FrameBuilder) -> FrameBuilder {
    let fragment = random.chance(10)
    return builder.ipv4(
      address(4), address(4), options: random.chance(20) ? random.bytes(4 * (1 + random.below(10))) : [],
      fragmentOffset: fragment ? UInt16(random.below(3) * 8) : 0, moreFragments: fragment && random.chance(70),
      doNotFragment: random.chance(50))
  }

  private mutating func ipv6(_ builder: FrameBuilder) -> FrameBuilder {
    var extensions: [FrameBuilder.Extension] = []
    if random.chance(50) {
      for _ in 0..<random.below(11) {
        let number = random.pick([IPProtocol.hopByHopOptions, IPProtocol.routing, IPProtocol.destinationOptions])
        extensions.append(.options(number, extraWords: UInt8(random.chance(70) ? 0 : random.below(12))))
      }
      if random.chance(20) { extensions.append(.fragment(offset: UInt16(random.below(2)), more: random.chance(50))) }
    }
    return builder.ipv6(address(16), address(16), extensions: extensions)
  }

  private mutating func transport(_ builder: FrameBuilder) -> [UInt8] {
    let payload = random.bytes(random.chance(80) ? random.below(64) : random.below(1400))
    let ports = (UInt16(truncatingIfNeeded: random.next()), UInt16(truncatingIfNeeded: random.next()))
    switch random.below(10) {
    case 0..<4: return builder.tcp(ports.0, ports.1, payload: payload)
    case 4..<8: return builder.udp(ports.0, ports.1, payload: payload)
    case 8: return builder.echoRequest(payload: payload)
    default: return builder.ipPayload(protocol: UInt8(truncatingIfNeeded: random.next()), payload)
    }
  }

  private mutating func address(_ count: Int) -> String { IPAddress(bytes: random.bytes(count))!.description }

  private mutating func damage(_ frame: inout [UInt8]) {
    switch random.below(4) {
    case 0: frame.removeLast(random.below(max(frame.count - 14, 1)))
    case 1: frame += random.bytes(1 + random.below(60))
    default: break
    }
    // Most often in the headers.
    for _ in 0..<random.below(4) {
      frame[random.below(random.chance(80) ? min(frame.count, 100) : frame.count)] = UInt8(
        truncatingIfNeeded: random.next())
    }
  }
}
