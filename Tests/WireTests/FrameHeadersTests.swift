import Testing
import Units
import Wire

struct FrameHeadersTests {
  @Test("an untagged TCP segment over IPv4")
  func tcpOverIPv4() {
    let frame = Frames.start.ipv4("10.0.0.1", "10.0.0.2").tcp(1000, 80, payload: [1, 2, 3])
    let headers = Frames.parse(frame)
    #expect(headers.destination == Frames.b.value)
    #expect(headers.source == Frames.a.value)
    #expect(headers.etherType == EtherType.ipv4)
    #expect(headers.isIPv4 && headers.isIP && !headers.isIPv6 && !headers.isARP && !headers.isTagged)
    #expect(headers.hasPorts && headers.isHashable && !headers.isFragment && !headers.isMalformed)
    #expect((headers.l3Offset, headers.l4Offset) == (14, 34))
    #expect(headers.ipProtocol == IPProtocol.tcp)
    #expect(headers.ipLength == 43 && headers.l4Length == 23)
  }

  @Test("a tag moves everything by four and gives VLAN and priority")
  func tagged() {
    let headers = Frames.parse(Frames.start.tagged(100, priority: 5).ipv4("10.0.0.1", "10.0.0.2").udp(1, 2))
    #expect(headers.isTagged && headers.vlan == 100 && headers.tci == 0xA064)
    #expect((headers.l3Offset, headers.l4Offset) == (18, 38))
    #expect(headers.hasPorts)
  }

  @Test("stacked tags are not looked through", arguments: [EtherType.vlan, EtherType.serviceVLAN])
  func stacked(_ outer: UInt16) {
    let frame = Frames.start.tagged(5, type: outer).tagged(6).ipv4("10.0.0.1", "10.0.0.2").udp(1, 2)
    let headers = Frames.parse(frame)
    #expect(!headers.isHashable && !headers.isIP && !headers.isMalformed)
    #expect(headers.isTagged == (outer == EtherType.vlan))
    #expect(headers.etherType == (outer == EtherType.vlan ? EtherType.vlan : EtherType.serviceVLAN))
  }

  @Test("ARP is seen, not hashed")
  func arp() {
    let headers = Frames.parse(
      Frames.start.arp(operation: 1, senderMAC: Frames.a, sender: "10.0.0.1", targetMAC: Frames.b, target: "10.0.0.2"))
    #expect(headers.isARP && !headers.isHashable && !headers.isMalformed)
  }

  @Test("IPv4 options move the ports")
  func options() {
    let headers = Frames.parse(
      Frames.start.ipv4("10.0.0.1", "10.0.0.2", options: [UInt8](repeating: 1, count: 40)).udp(1, 2))
    #expect(headers.l4Offset == 74 && headers.hasPorts)
  }

  @Test(
    "IPv4 fragments are not hashed: first, middle and last",
    arguments: [(UInt16(0), true), (8, true), (16, false)])
  func fragments(_ offset: UInt16, _ more: Bool) {
    let headers = Frames.parse(
      Frames.start.ipv4("10.0.0.1", "10.0.0.2", fragmentOffset: offset, moreFragments: more).udp(1, 2))
    #expect(headers.isFragment && !headers.isHashable && !headers.hasPorts)
    #expect(headers.ipProtocol == IPProtocol.udp && headers.l4Offset == 34)
  }

  @Test("don't-fragment is no fragment")
  func doNotFragment() {
    #expect(Frames.parse(Frames.start.ipv4("10.0.0.1", "10.0.0.2", doNotFragment: true).udp(1, 2)).isHashable)
  }

  @Test("IPv6 extension headers are walked, eight and no more", arguments: [0, 1, 3, 8, 9])
  func extensionHeaders(_ count: Int) {
    let numbers = [IPProtocol.hopByHopOptions, IPProtocol.routing, IPProtocol.destinationOptions]
    let extensions = (0..<count).map { FrameBuilder.Extension.options(numbers[$0 % 3], extraWords: UInt8($0 % 2)) }
    let frame = Frames.start.ipv6("fd00::1", "fd00::2", extensions: extensions).tcp(1000, 80)
    let headers = Frames.parse(frame)
    #expect(headers.isHashable == (count <= 8) && headers.hasPorts == (count <= 8) && !headers.isMalformed)
    if count <= 8 {
      #expect(Int(headers.l4Offset) == frame.count - 20)
      #expect(Frames.hash(frame) == Frames.hash(Frames.start.ipv6("fd00::1", "fd00::2").udp(1000, 80)))
    }
  }

  @Test("an IPv6 fragment header ends the walk, also behind others")
  func ipv6Fragment() {
    let frame = Frames.start.ipv6(
      "fd00::1", "fd00::2", extensions: [.options(IPProtocol.hopByHopOptions), .fragment(offset: 0, more: true)]
    ).udp(1, 2)
    let headers = Frames.parse(frame)
    #expect(headers.isFragment && !headers.isHashable && !headers.hasPorts)
  }

  @Test("headers beyond 256 bytes leave the frame unhashed, not malformed")
  func beyondWindow() {
    let extensions = [FrameBuilder.Extension.options(IPProtocol.destinationOptions, extraWords: 30)]
    let headers = Frames.parse(Frames.start.ipv6("fd00::1", "fd00::2", extensions: extensions).udp(1, 2))
    #expect(headers.isIPv6 && !headers.isHashable && !headers.isMalformed)
  }

  @Test("a first segment shorter than the headers leaves the frame unhashed, not malformed")
  func shortFirstSegment() {
    let frame = Frames.start.ipv4("10.0.0.1", "10.0.0.2").tcp(1, 2, payload: [UInt8](repeating: 0, count: 500))
    for available in 14..<38 {
      let headers = Frames.parse(frame, available: available)
      #expect(!headers.hasPorts && !headers.isMalformed && !headers.isTruncated && headers.isIPv4)
      #expect(headers.destination == Frames.b.value)
    }
    #expect(Frames.parse(frame, available: 38).hasPorts)
  }

  @Test("runts end inside the Ethernet header or tag")
  func runts() {
    let frame = Frames.start.tagged(5).ipv4("10.0.0.1", "10.0.0.2").udp(1, 2)
    for count in 0..<18 {
      let headers = Frames.parse(Array(frame.prefix(count)))
      #expect(headers.isTruncated && !headers.isHashable)
      #expect(headers.destination == (count < 14 ? 0 : Frames.b.value))
    }
    #expect(!Frames.parse(Array(frame.prefix(18))).isTruncated)
  }

  struct Damage: Sendable, CustomTestStringConvertible {
    let testDescription: String
    let offset: Int
    let value: UInt8
  }

  @Test(
    "contradictions in the IPv4 header are malformed",
    arguments: [
      Damage(testDescription: "version 5", offset: 14, value: 0x55),
      Damage(testDescription: "header of 16 bytes", offset: 14, value: 0x44),
      Damage(testDescription: "header longer than the packet", offset: 14, value: 0x4F),
      Damage(testDescription: "longer than the frame", offset: 17, value: 29),
      Damage(testDescription: "shorter than its header", offset: 17, value: 19),
      Damage(testDescription: "no room for ports", offset: 17, value: 23),
    ])
  func malformedIPv4(_ damage: Damage) {
    var frame = Frames.start.ipv4("10.0.0.1", "10.0.0.2").udp(1, 2)
    frame[damage.offset] = damage.value
    let headers = Frames.parse(frame)
    #expect(headers.isMalformed && !headers.isHashable && !headers.hasPorts)
  }

  @Test(
    "contradictions in the IPv6 header are malformed",
    arguments: [
      Damage(testDescription: "version 4", offset: 14, value: 0x40),
      Damage(testDescription: "longer than the frame", offset: 19, value: 17),
      Damage(testDescription: "no room for ports", offset: 19, value: 11),
      Damage(testDescription: "extension header longer than the packet", offset: 55, value: 9),
    ])
  func malformedIPv6(_ damage: Damage) {
    var frame = Frames.start.ipv6(
      "fd00::1", "fd00::2", extensions: [.options(IPProtocol.destinationOptions)]
    ).udp(1, 2)
    frame[damage.offset] = damage.value
    let headers = Frames.parse(frame)
    #expect(headers.isMalformed && !headers.isHashable && !headers.hasPorts)
  }

  @Test("padding behind the packet is no fault")
  func padding() {
    let headers = Frames.parse(Frames.start.ipv4("10.0.0.1", "10.0.0.2").udp(1, 2) + [UInt8](repeating: 0, count: 18))
    #expect(headers.hasPorts && headers.l4Length == 8)
  }

  @Test("random bytes never lead outside the frame")
  func randomBytes() {
    var random = Generator(state: 3)
    let table = ToeplitzTable()
    for _ in 0..<50_000 {
      var frame = random.bytes(random.below(120))
      if frame.count > 14 {
        let types: [[UInt8]] = [[0x08, 0x00], [0x86, 0xDD], [0x81, 0x00]]
        frame.replaceSubrange(12..<14, with: types[random.below(3)])
        frame[14] = [UInt8(0x45), 0x60, 0x4F][random.below(3)]
      }
      let headers = Frames.parse(frame)
      if headers.hasPorts { #expect(Int(headers.l4Offset) + 4 <= frame.count) }
      #expect(Int(headers.l3Offset) + Int(headers.ipLength) <= max(frame.count, 18))
      _ = frame.withUnsafeBytes { headers.isHashable ? headers.flowHash($0.baseAddress!, table.view) : 0 }
    }
  }
}
