import CMillraceABI
import Dataplane
import Ports
import Testing
import Units

/// Port mirroring beside everything else that is done to a frame. Which frames are copied to where, byte for byte, is
/// tested by `BridgeModelTests`.
@Suite struct MirrorTests {
  private static let known = MR_META_CHECKSUM_KNOWN | MR_META_PARTIAL

  /// A source, a peer that it knows, and a destination.
  private func withMirror(
    source: TestPort = TestPort(), peer: TestPort = TestPort(), destination: TestPort = TestPort(),
    sourceLocation: SourceLocation = #_sourceLocation, _ body: (TestSwitch) throws -> Void
  ) throws {
    var ports = [source, peer, destination]
    ports[0].mirroring = .source
    ports[2].mirroring = .destination
    try withSwitch(ports, sourceLocation: sourceLocation) { bench in
      for port in 0...2 {
        bench.fdb.insertStatic(MACAddress(value: station(port)), vlan: 0, port: PortID(UInt16(port)))
      }
      try body(bench)
    }
  }

  private func frame(from source: Int, to destination: Int, bytes: Int = 100, _ transport: Transport = .udp) -> [UInt8]
  {
    ipFrame(
      to: station(destination), from: station(source), transport, payload: pattern(bytes), checksum: .partial)
  }

  @Test func aPortsPartChangesBetweenTwoFrames() throws {
    try withSwitch(ports: 4) { bench in
      for port in 0...3 {
        bench.fdb.insertStatic(MACAddress(value: station(port)), vlan: 0, port: PortID(UInt16(port)))
      }
      let sent = ethernet(to: station(1), from: station(0))
      func copies(_ changes: [(PortMirroring, Int)]) -> [[[UInt8]]] {
        for (mirroring, port) in changes { bench.setMirroring(mirroring, at: port) }
        bench.send(sent, at: 0)
        return bench.takeAll()
      }
      #expect(copies([(.source, 0)]) == [[], [sent], [], []])
      #expect(copies([(.destination, 2)]) == [[], [sent], [sent], []])
      #expect(copies([(.source, 1), (.destination, 3)]) == [[], [sent], [sent], [sent]])
      #expect(copies([(.none, 0), (.none, 2)]) == [[], [sent], [], [sent]])
      #expect(copies([(.none, 3)]) == [[], [sent], [], []])
      #expect(bench.drops == [])
    }
  }

  @Test func aFrameThatGoesNowhereElseIsCopiedAllTheSame() throws {
    try withMirror { bench in
      let own = ethernet(to: station(0), from: station(7))
      bench.send(own, at: 0)
      #expect(bench.takeAll() == [[], [], [own]])
      #expect(bench.drops == ["noOtherPort"])
    }
  }

  @Test func whatRulesDenyIsNotCopied() throws {
    let isDenied = PortRules.Direction(basic: [BasicRule(.deny, .remote, .any, cell: 1)])
    try withMirror(source: TestPort(rules: (in: isDenied, out: .init()))) { bench in
      bench.send(frame(from: 1, to: 0), at: 1, flags: Self.known)
      #expect(bench.takeAll() == [[], [], []])
    }
    try withMirror(source: TestPort(rules: (in: .init(), out: isDenied))) { bench in
      bench.send(frame(from: 0, to: 1), at: 0, flags: Self.known)
      #expect(bench.takeAll() == [[], [], []])
    }
  }

  @Test func rulesOfADestinationNeitherJudgeNorMeterCopies() throws {
    let meter = PortRules.Direction(basic: [BasicRule(.meter, .remote, .any, cell: 1)], restCell: 2)
    let rules = PortRules.Direction(
      basic: [BasicRule(.deny, .remote, .any, cell: 3), BasicRule(.meter, .remote, .any, cell: 4)], restCell: 5)
    try withMirror(
      source: TestPort(rules: (in: meter, out: meter)), peer: TestPort(rules: (in: meter, out: meter)),
      destination: TestPort(rules: (in: rules, out: rules))
    ) { bench in
      let (there, back) = (frame(from: 0, to: 1), frame(from: 1, to: 0))
      bench.send(there, at: 0, flags: Self.known)
      bench.send(back, at: 1, flags: Self.known)
      #expect(bench.take(2).count == 2)
      // Each frame at the port it came from and at the one it left by.
      let bytes = UInt64(2 * (there.count + back.count))
      #expect(bench.memory.cells[1] == RuleCells.Count(frames: 4, bytes: bytes))
      for cell: UInt32 in 2...5 { #expect(bench.memory.cells[cell].frames == 0) }
      #expect(bench.drops == [])
    }
  }

  /// Of what a source is sent, copies are of what its queue has taken.
  @Test func whatASourcesQueueRefusesIsNotCopied() throws {
    try withMirror(source: TestPort(byteLimit: 3000)) { bench in
      for _ in 0..<20 { bench.inject(frame(from: 1, to: 0, bytes: 1000), at: 1, flags: Self.known) }
      bench.run()
      let taken = bench.take(0).count
      #expect(taken > 0 && taken < 20)
      #expect(bench.take(2).count == taken)
      #expect(bench.drops == Array(repeating: "queueFull", count: 20 - taken))
    }
  }

  @Test func aCopyThatItsDestinationsQueueRefusesIsCountedThereForItself() throws {
    try withMirror(destination: TestPort(byteLimit: 3000)) { bench in
      for _ in 0..<20 { bench.inject(frame(from: 0, to: 1, bytes: 1000), at: 0, flags: Self.known) }
      bench.run()
      #expect(bench.take(1).count == 20)
      let copies = bench.take(2).count
      #expect(copies > 0 && copies < 20)
      #expect(bench.count(.dropMirror, at: 2) == UInt64(20 - copies))
      #expect(bench.drops == Array(repeating: "mirror", count: 20 - copies))
    }
  }

  @Test func aCopyThatFindsNoFreeChunkIsCountedAtEachDestinationAndTheFrameStillLeaves() throws {
    var ports = Array(repeating: TestPort(), count: 4)
    ports[0].mirroring = .source
    ports[2].mirroring = .destination
    ports[3].mirroring = .destination
    // The first port's cache takes every chunk there is.
    try withSwitch(ports, arena: Bytes(64 << 10)) { bench in
      bench.fdb.insertStatic(MACAddress(value: station(1)), vlan: 0, port: PortID(1))
      let sent = frame(from: 0, to: 1)
      bench.send(sent, at: 0, flags: MR_META_CHECKSUM_KNOWN)
      #expect(bench.takeAll() == [[], [sent], [], []])
      #expect(bench.count(.dropMirror, at: 2) == 1 && bench.count(.dropMirror, at: 3) == 1)
      #expect(bench.drops == ["mirror", "mirror"])
    }
  }

  /// Whole to a device that takes it, as its segments to another; each way charged and metered once.
  @Test(arguments: Transport.allCases, [true, false])
  func aSuperFrameIsCopiedAsItsDestinationTakesIt(transport: Transport, isWhole: Bool) throws {
    let destination = TestPort(superFrames: isWhole ? .all : [])
    let meter = PortRules.Direction(basic: [BasicRule(.meter, .remote, .any, cell: 1)])
    try withMirror(source: TestPort(rules: (in: .init(), out: meter)), destination: destination) { bench in
      let sent = frame(from: 0, to: 1, bytes: 14001, transport)
      let kind = transport == .tcp ? MR_META_GSO_TCP : MR_META_GSO_UDP
      bench.send(sent, at: 0, flags: Self.known | kind, gsoSize: 1400)
      #expect(bench.ports[1].takeTransmitted()?.bytes == sent)
      var copies: [MemoryPort.Transmitted] = []
      while let copy = bench.ports[2].takeTransmitted() { copies.append(copy) }
      #expect(copies.count == (isWhole ? 1 : 11))
      let headers = sent.count - 14001
      #expect(copies.flatMap { $0.bytes[headers...] } == Array(sent[headers...]))
      #expect(bench.memory.cells[1].frames == 11)
      #expect(bench.memory.cells[1].bytes == UInt64(14001 + 11 * headers))
    }
  }

  @Test func copiesOfJoinedSegmentsAreTheSegments() throws {
    try withMirror(peer: TestPort(joins: true)) { bench in
      var random = SplitMix64(seed: 4)
      var stream = SegmentStream(0, &random)
      var expected: [[UInt8]] = []
      bench.fdb.insertStatic(MACAddress(value: station(1000)), vlan: 0, port: PortID(0))
      for _ in 0..<200 {
        for item in stream.next(&random) {
          var frame = item.frame
          frame.replaceSubrange(0..<6, with: bytes(of: station(1000)))
          var copy = item.expected
          copy.replaceSubrange(0..<6, with: bytes(of: station(1000)))
          bench.inject(frame, at: 1, flags: item.flags)
          expected.append(copy)
        }
      }
      bench.run()
      #expect(bench.count(.joinedSegments, at: 0) > 0)
      #expect(bench.take(2) == expected)
    }
  }

  @Test func membersOfATeamAreSourcesEachForItself() throws {
    var ports = Array(repeating: TestPort(), count: 4)
    for member in [2, 3] {
      ports[member].isUplink = true
      ports[member].mirroring = .source
    }
    ports[1].mirroring = .destination
    try withSwitch(ports, teams: [TestTeam(members: [2, 3])]) { bench in
      bench.teams[0].setAffinity(0, ofPort: 0)
      bench.fdb.insertStatic(MACAddress(value: station(0)), vlan: 0, port: PortID(0))
      bench.fdb.insertStatic(MACAddress(value: station(9)), vlan: 0, port: PortID(4))
      let (out, back) = (ethernet(to: station(9), from: station(0)), ethernet(to: station(0), from: station(9)))
      bench.send(out, at: 0)
      // On one network both members receive it, and one delivers it.
      bench.send(back, at: 2)
      bench.send(back, at: 3)
      #expect(bench.takeAll() == [[back], [out, back], [out], []])
    }
  }

  /// The sender's maximum is what leaves by its uplink, copies beside it; they are held by their destination's own rate.
  @Test func copiesAreChargedToTheirDestination() throws {
    let stream = Stream(port: 1, rate: 15_000_000, flows: 4)
    try withLink(nil, ports: 3, streams: [stream]) {
      $0.ports[1].maximum = BitRate(bitsPerSecond: 10_000_000)
      $0.ports[3].rate = BitRate(bitsPerSecond: 4_000_000)
    } _: { link in
      for (mirroring, port) in [(PortMirroring.source, 1), (.destination, 2), (.destination, 3)] {
        link.bench.setMirroring(mirroring, at: port)
      }
      link.run(milliseconds: 300)
      _ = link.bench.take(2) + link.bench.take(3)
      let offered = link.offered[0]
      let rate = link.rates(milliseconds: 1000)[0]
      #expect(abs(rate / 10_000_000 - 1) <= 0.01)
      #expect(link.bench.take(2).count == link.offered[0] - offered)
      let held = Double(link.bench.take(3).reduce(0) { $0 + $1.count } * 8)
      #expect(abs(held / 4_000_000 - 1) <= 0.02)
      #expect(link.bench.count(.dropMirror, at: 3) > 0)
      #expect(link.bench.count(.dropMirror, at: 2) == 0)
    }
  }
}
