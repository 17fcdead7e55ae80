import Dataplane
import Testing
import Units
import Wire

/// Which class a frame is of, and what is written into it.
@Suite struct ClassTests {
  /// A frame's fields, as a rule looks at them.
  struct Fields {
    var dscp: Int
    var priority: Int
    var ports: (source: Int, destination: Int)
    var source: [UInt8]
    var destination: [UInt8]
  }

  private func fits(_ match: ClassMatch, _ f: Fields) -> Bool {
    func isIn(_ prefix: IPPrefix, _ address: [UInt8]) -> Bool {
      if prefix.isIPv6 { return false }
      let value = address.reduce(0 as UInt64) { $0 << 8 | UInt64($1) } << 32
      return (0..<prefix.length).allSatisfy { bit in (value ^ prefix.high) >> UInt64(63 - bit) & 1 == 0 }
    }
    if let dscp = match.dscp, dscp & (1 << UInt64(f.dscp)) == 0 { return false }
    if let priorities = match.priorities, priorities & (1 << UInt8(f.priority)) == 0 { return false }
    if let protocols = match.protocols, !protocols.contains(17) { return false }
    if let local = match.local, !isIn(local, f.source) { return false }
    if let remote = match.remote, !isIn(remote, f.destination) { return false }
    if let range = match.localPorts, !range.contains(UInt16(f.ports.source)) { return false }
    if let range = match.remotePorts, !range.contains(UInt16(f.ports.destination)) { return false }
    if let range = match.eitherPort,
      !range.contains(UInt16(f.ports.source)) && !range.contains(UInt16(f.ports.destination))
    {
      return false
    }
    return true
  }

  private func randomMatch(_ generator: inout SplitMix64) -> ClassMatch {
    var match = ClassMatch()
    func chance() -> Bool { Int.random(in: 0..<3, using: &generator) == 0 }
    func range() -> ClosedRange<UInt16> {
      let first = UInt16.random(in: 0...40, using: &generator)
      return first...first + UInt16.random(in: 0...20, using: &generator)
    }
    func prefix() -> IPPrefix {
      IPPrefix(
        IPAddress(
          bytes: [10, UInt8.random(in: 0...3, using: &generator), UInt8.random(in: 0...1, using: &generator), 0])!,
        length: Int.random(in: 8...24, using: &generator))
    }
    if chance() { match.dscp = UInt64.random(in: 0...UInt64.max, using: &generator) }
    if chance() { match.priorities = UInt8.random(in: 0...255, using: &generator) }
    if chance() { match.protocols = [[6], [17], [6, 17]].randomElement(using: &generator)! }
    if chance() { match.local = prefix() }
    if chance() { match.remote = prefix() }
    if chance() { match.localPorts = range() }
    if chance() { match.remotePorts = range() }
    if chance() { match.eitherPort = range() }
    return match
  }

  @Test(arguments: [1 as UInt64, 2, 3, 4]) func theFirstClassThatFitsIsTheFrames(seed: UInt64) throws {
    var generator = SplitMix64(seed: seed)
    let matches = (0..<20).map { _ in randomMatch(&generator) }
    try withLink(nil, ports: 1, streams: []) { plan in
      plan.ports[1].classes = matches.enumerated().map { .init(name: "\($0)", match: $1) }
    } _: { link in
      var expected = [Int](repeating: 0, count: matches.count + 1)
      for _ in 0..<1000 {
        func address() -> [UInt8] {
          [10, .random(in: 0...3, using: &generator), .random(in: 0...1, using: &generator), 1]
        }
        let fields = Fields(
          dscp: .random(in: 0...63, using: &generator), priority: .random(in: 0...7, using: &generator),
          ports: (.random(in: 0...70, using: &generator), .random(in: 0...70, using: &generator)), source: address(),
          destination: address())
        let frame = udpFrame(
          to: station(1000), from: station(1), ports: fields.ports, payload: 20, trafficClass: fields.dscp << 2,
          addresses: fields.source + fields.destination)
        link.bench.send(tagged(frame, fields.priority << 13), at: 1)
        expected[matches.firstIndex { fits($0, fields) } ?? matches.count] += 1
      }
      let figures = try #require(link.bench.bandwidth).figures()
      // Slot 0 is the uplink's.
      #expect(figures.dropFirst().map { Int($0.frames) } == expected)
    }
  }

  @Test func dscpIsSetAndTheHeaderStaysRight() throws {
    try withLink(nil, ports: 1, streams: []) { plan in
      var voice = BandwidthPlan.Class(name: "voice", match: .dscp(46))
      voice.setDscp = 10
      plan.ports[1].classes = [voice]
    } _: { link in
      for ecn in 0...3 {
        link.bench.send(
          udpFrame(to: station(1000), from: station(1), ports: (1, 2), payload: 30, trafficClass: 46 << 2 | ecn), at: 1)
        let frame = try #require(link.bench.take(0).first)
        #expect(frame[15] == UInt8(10 << 2 | ecn))
        #expect(onesSum(Array(frame[14..<34])) == 0xFFFF)
      }
    }
  }

  @Test func dscpOfAnIPv6PacketIsMatchedAndSet() throws {
    try withLink(nil, ports: 1, streams: []) { plan in
      var first = BandwidthPlan.Class(name: "a", match: .dscp(0))
      first.setDscp = 46
      plan.ports[1].classes = [first]
    } _: { link in
      let frame = ipFrame(
        to: station(1000), from: station(1), version: 6, .udp, payload: pattern(30), checksum: .right)
      link.bench.send(frame, at: 1)
      var expected = frame
      (expected[14], expected[15]) = (0x6B, 0x80)
      #expect(link.bench.take(0) == [expected])
    }
  }

  @Test(arguments: [true, false]) func theTagsPriorityIsKeptIfItIsTrusted(isTrusted: Bool) throws {
    var setup = [TestPort(vlan: .trunk([10], native: 0)), TestPort(vlan: .trunk([10], native: 0))]
    setup[0].isUplink = true
    try withSwitch(setup) { bench in
      var plan = BandwidthPlan(ports: [.init(index: 0), .init(index: 1)])
      plan.ports[1].trustsPriority = isTrusted
      bench.manage(plan)
      let frame = ethernet(to: broadcast, from: station(1), tci: 5 << 13 | 10)
      bench.send(frame, at: 1)
      #expect(bench.take(0) == [isTrusted ? frame : ethernet(to: broadcast, from: station(1), tci: 10)])
    }
  }

  @Test func aClassSetsThePriorityOfTheTag() throws {
    var setup = [TestPort(vlan: .trunk([10], native: 0)), TestPort(vlan: .access(10))]
    setup[0].isUplink = true
    try withSwitch(setup) { bench in
      var plan = BandwidthPlan(ports: [.init(index: 0), .init(index: 1)])
      var voice = BandwidthPlan.Class(name: "voice", match: .dscp(46))
      voice.setPriority = 5
      plan.ports[1].classes = [voice]
      bench.manage(plan)
      let frame = udpFrame(to: broadcast, from: station(1), ports: (1, 2), payload: 30, trafficClass: 46 << 2)
      bench.send(frame, at: 1)
      #expect(bench.take(0) == [tagged(frame, 5 << 13 | 10)])
    }
  }
}
