import CMillraceABI
import Dataplane
import Testing
import Units

/// Port 0's device may open TCP flows to port 443 of anyone, UDP flows and pings; nothing else comes in.
@Suite struct StatefulRuleTests {
  private static let idle: UInt32 = 60
  private static let allowed = PortRules.Direction(extended: [
    ExtendedRule(
      weight: 30, .allow, ipProtocol: 6, remotePorts: 443...443, isStateful: true, idleSeconds: idle, cell: 1),
    ExtendedRule(weight: 20, .allow, ipProtocol: 17, isStateful: true, idleSeconds: idle, cell: 2),
    ExtendedRule(weight: 10, .allow, ipProtocol: 1, isStateful: true, idleSeconds: idle, cell: 3),
  ])
  private static let denied = PortRules.Direction(extended: [ExtendedRule(weight: 1, .deny, cell: 4)])

  private enum Way { case out, `in` }
  private enum TCP {
    static let (fin, syn, reset, ack): (UInt8, UInt8, UInt8, UInt8) = (1, 2, 4, 16)
  }

  /// An IPv4 packet between the device, 10.0.0.1, and a peer.
  private struct Packet {
    var way: Way
    var ipProtocol: UInt8 = 6
    var flags = TCP.ack
    var localPort = 40000
    var remotePort = 443
    var peer: [UInt8] = [10, 9, 9, 9]
    var fragment = 0x4000
    var tci: Int?

    var frame: [UInt8] {
      let (source, destination) = way == .out ? (localPort, remotePort) : (remotePort, localPort)
      let ends = way == .out ? [10, 0, 0, 1] + peer : peer + [10, 0, 0, 1]
      let ports = ipProtocol == 1 ? [8, 0, 0, 0] : big16(source) + big16(destination)
      let l4 = ports + [0, 0, 0, 1, 0, 0, 0, 1, 0x50, flags, 0xFF, 0xFF, 0, 0, 0, 0]
      let header = [0x45, 0] + big16(20 + l4.count) + [0, 1] + big16(fragment) + [64, ipProtocol, 0, 0] + ends
      let (to, from) = way == .out ? (station(2), station(1)) : (station(1), station(2))
      return ethernet(to: to, from: from, tci: tci, type: 0x0800, payload: header + l4)
    }
  }

  private func withRules(flows: Int = 1024, _ body: (TestSwitch) throws -> Void) throws {
    let trunk = VLANPolicy.trunk([5], native: 1)
    let ports = [TestPort(vlan: trunk, rules: (in: Self.denied, out: Self.allowed)), TestPort(vlan: trunk)]
    try withSwitch(ports, flows: flows) { bench in
      for vlan: UInt16 in [1, 5] {
        bench.fdb.insertStatic(MACAddress(value: station(1)), vlan: vlan, port: PortID(0))
        bench.fdb.insertStatic(MACAddress(value: station(2)), vlan: vlan, port: PortID(1))
      }
      try body(bench)
    }
  }

  private func passes(_ packet: Packet, _ bench: TestSwitch) -> Bool {
    let (from, to) = packet.way == .out ? (0, 1) : (1, 0)
    bench.send(packet.frame, at: from, flags: MR_META_CHECKSUM_KNOWN)
    return bench.take(to).count == 1
  }

  private func wait(_ seconds: UInt64, _ bench: TestSwitch) { bench.now += seconds * 1_000_000_000 }

  @Test(arguments: [UInt8(6), 17, 1])
  func answersPassOnceTheDeviceHasSpoken(ipProtocol: UInt8) throws {
    try withRules { bench in
      #expect(!passes(Packet(way: .in, ipProtocol: ipProtocol), bench))
      #expect(passes(Packet(way: .out, ipProtocol: ipProtocol), bench))
      #expect(passes(Packet(way: .in, ipProtocol: ipProtocol), bench))
      #expect(passes(Packet(way: .out, ipProtocol: ipProtocol), bench))
      #expect(bench.drops == ["acl"])
      // Answers are hits of the rule that let them.
      let cell: UInt32 = ipProtocol == 6 ? 1 : ipProtocol == 17 ? 2 : 3
      #expect(bench.memory.cells[cell].frames == 3 && bench.memory.cells[4].frames == 1)
    }
  }

  @Test func nothingButTheFlowItselfPasses() throws {
    try withRules { bench in
      #expect(passes(Packet(way: .out), bench))
      #expect(!passes(Packet(way: .in, localPort: 40001), bench))
      #expect(!passes(Packet(way: .in, remotePort: 80), bench))
      #expect(!passes(Packet(way: .in, ipProtocol: 17), bench))
      #expect(!passes(Packet(way: .in, peer: [10, 9, 9, 8]), bench))
      #expect(!passes(Packet(way: .in, tci: 5), bench))
      #expect(!passes(Packet(way: .in, fragment: 0x2000), bench))
      #expect(passes(Packet(way: .in), bench))
    }
  }

  @Test func aFlowThatIsSilentForTooLongIsForgotten() throws {
    try withRules { bench in
      #expect(passes(Packet(way: .out), bench))
      for _ in 0..<3 {
        wait(UInt64(Self.idle) - 1, bench)
        #expect(passes(Packet(way: .in), bench))
      }
      wait(UInt64(Self.idle) + 2, bench)
      #expect(!passes(Packet(way: .in), bench))
      #expect(bench.memory.flows.count == 1)
      #expect(bench.memory.flows.expire(second: UInt32(bench.now / 1_000_000_000)) == 1)
      #expect(bench.memory.flows.count == 0)
    }
  }

  @Test func anUnansweredOpeningIsForgottenSooner() throws {
    try withRules { bench in
      #expect(passes(Packet(way: .out, flags: TCP.syn), bench))
      wait(32, bench)
      #expect(!passes(Packet(way: .in, flags: TCP.syn | TCP.ack), bench))
      #expect(passes(Packet(way: .out, flags: TCP.syn), bench))
      #expect(passes(Packet(way: .in, flags: TCP.syn | TCP.ack), bench))
      wait(32, bench)
      #expect(passes(Packet(way: .in), bench))
    }
  }

  @Test(arguments: [[TCP.fin | TCP.ack, TCP.fin | TCP.ack], [TCP.reset]])
  func aFinishedFlowPassesItsLastFramesAndEnds(endings: [UInt8]) throws {
    try withRules { bench in
      #expect(passes(Packet(way: .out, flags: TCP.syn), bench))
      #expect(passes(Packet(way: .in, flags: TCP.syn | TCP.ack), bench))
      for (i, flags) in endings.enumerated() {
        #expect(passes(Packet(way: i % 2 == 0 ? .in : .out, flags: flags), bench))
      }
      #expect(passes(Packet(way: .in), bench))
      wait(6, bench)
      #expect(passes(Packet(way: .in), bench))
      // Frames that come late do not prolong it.
      wait(6, bench)
      #expect(!passes(Packet(way: .in), bench))
    }
  }

  @Test func portsOfAFinishedFlowMayBeUsedAgainAtOnceButNotByTheOtherEnd() throws {
    try withRules { bench in
      #expect(passes(Packet(way: .out, flags: TCP.syn), bench))
      #expect(passes(Packet(way: .in, flags: TCP.reset), bench))
      #expect(!passes(Packet(way: .in, flags: TCP.syn), bench))
      #expect(passes(Packet(way: .out, flags: TCP.syn), bench))
      #expect(passes(Packet(way: .in, flags: TCP.syn | TCP.ack), bench))
      wait(20, bench)
      #expect(passes(Packet(way: .in), bench))
    }
  }

  /// After a restart of the switch.
  @Test func aFlowWhoseBeginningWasNotSeenGoesOnFromTheDevicesNextFrame() throws {
    try withRules { bench in
      #expect(!passes(Packet(way: .in), bench))
      #expect(passes(Packet(way: .out), bench))
      #expect(passes(Packet(way: .in), bench))
      // Its last frame begins none.
      #expect(passes(Packet(way: .out, flags: TCP.fin | TCP.ack, localPort: 40001), bench))
      #expect(!passes(Packet(way: .in, localPort: 40001), bench))
    }
  }

  @Test func aFullTableRefusesNewFlowsCountedAndKeepsTheOldOnes() throws {
    try withRules(flows: 16) { bench in
      for port in 0..<16 { #expect(passes(Packet(way: .out, localPort: 1000 + port), bench)) }
      for port in 16..<20 { #expect(!passes(Packet(way: .out, localPort: 1000 + port), bench)) }
      #expect(bench.drops == Array(repeating: "aclFlowsFull", count: 4))
      #expect(bench.memory.flows.refusedCount == 4)
      for port in 0..<16 { #expect(passes(Packet(way: .in, localPort: 1000 + port), bench)) }
      wait(100, bench)
      #expect(bench.memory.flows.expire(second: UInt32(bench.now / 1_000_000_000)) == 16)
      for port in 16..<32 { #expect(passes(Packet(way: .out, localPort: 1000 + port), bench)) }
    }
  }

  @Test func flowsGoWithTheirRule() throws {
    try withRules { bench in
      #expect(passes(Packet(way: .out), bench))
      #expect(passes(Packet(way: .out, ipProtocol: 17), bench))
      var out = Self.allowed
      out.extended.removeFirst()
      bench.setRules(in: Self.denied, out: out, at: 0)
      #expect(bench.memory.flows.remove(cells: [1]) == 1)
      #expect(!passes(Packet(way: .in), bench))
      #expect(passes(Packet(way: .in, ipProtocol: 17), bench))
    }
  }
}
