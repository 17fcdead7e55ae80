import CMillraceABI
import Dataplane
import Rings
import Testing
import Units

/// What a frame counts as at a meter, and that it counts once.
@Suite struct MeterCountTests {
  private static let meter = PortRules.Direction(basic: [BasicRule(.meter, .remote, .any, cell: 1)])
  private static let otherMeter = PortRules.Direction(basic: [BasicRule(.meter, .remote, .any, cell: 2)])
  private static let known = MR_META_CHECKSUM_KNOWN | MR_META_PARTIAL

  private func expect(
    _ count: RuleCells.Count, frames: Int, bytes: Int, sourceLocation: SourceLocation = #_sourceLocation
  ) {
    #expect(count == RuleCells.Count(frames: UInt64(frames), bytes: UInt64(bytes)), sourceLocation: sourceLocation)
  }

  @Test(arguments: Transport.allCases, [4, 6])
  func aSuperFrameCountsAsItsSegments(transport: Transport, version: Int) throws {
    let sent = TestPort(rules: (in: .init(), out: Self.meter))
    let arriving = TestPort(rules: (in: Self.otherMeter, out: .init()))
    try withSwitch([sent, arriving]) { bench in
      let payload = 14001
      let frame = ipFrame(
        to: broadcast, from: station(1), version: version, transport, payload: pattern(payload), checksum: .partial)
      let kind = transport == .tcp ? MR_META_GSO_TCP : MR_META_GSO_UDP
      bench.send(frame, at: 0, flags: Self.known | kind, gsoSize: 1400)
      for cell: UInt32 in [1, 2] {
        expect(bench.memory.cells[cell], frames: 11, bytes: payload + 11 * (frame.count - payload))
      }
    }
  }

  @Test func aTagCountsWhereTheFrameHasItInsideOrBeside() throws {
    let trunk = VLANPolicy.trunk([5], native: 1)
    let sent = TestPort(vlan: trunk, rules: (in: .init(), out: Self.meter))
    let arriving = TestPort(vlan: .access(5), rules: (in: Self.otherMeter, out: .init()))
    try withSwitch([sent, arriving]) { bench in
      let frame = ipFrame(to: broadcast, from: station(1), .udp, payload: pattern(100), checksum: .right)
      bench.send(tagged(frame, 5), at: 0, flags: MR_META_CHECKSUM_KNOWN)
      bench.send(frame, at: 0, flags: MR_META_CHECKSUM_KNOWN | MR_META_VLAN, tci: 5)
      expect(bench.memory.cells[1], frames: 2, bytes: 2 * (frame.count + 4))
      expect(bench.memory.cells[2], frames: 2, bytes: 2 * frame.count)
    }
  }

  @Test func aFrameOfManyPartsCountsOnce() throws {
    let ports = [
      TestPort(maximumFrame: 9230, rules: (in: .init(), out: Self.meter)),
      TestPort(maximumFrame: 9230, rules: (in: Self.otherMeter, out: .init())),
    ]
    try withSwitch(ports) { bench in
      let frame = ipFrame(to: broadcast, from: station(1), .udp, payload: pattern(8958), checksum: .right)
      bench.send(frame, at: 0, flags: MR_META_CHECKSUM_KNOWN, part: 777)
      for cell: UInt32 in [1, 2] { expect(bench.memory.cells[cell], frames: 1, bytes: frame.count) }
    }
  }

  @Test func aFloodCountsOnceAtItsSenderAndOnceAtEachPortThatTakesIt() throws {
    let ports = [
      TestPort(rules: (in: .init(), out: Self.meter)), TestPort(rules: (in: Self.otherMeter, out: .init())),
      TestPort(rules: (in: Self.otherMeter, out: .init())), TestPort(),
    ]
    try withSwitch(ports) { bench in
      let frame = ipFrame(to: broadcast, from: station(1), .udp, payload: pattern(100), checksum: .right)
      bench.send(frame, at: 0, flags: MR_META_CHECKSUM_KNOWN)
      expect(bench.memory.cells[1], frames: 1, bytes: frame.count)
      expect(bench.memory.cells[2], frames: 2, bytes: 2 * frame.count)
    }
  }

  @Test func segmentsThatAreJoinedCountEachForItself() throws {
    let ports = [
      TestPort(vlan: .trunk([5], native: 1), maximumFrame: 2000, joins: true, rules: (in: .init(), out: Self.meter)),
      TestPort(vlan: .trunk([5], native: 1), maximumFrame: 2000, rules: (in: Self.otherMeter, out: .init())),
    ]
    try withSwitch(ports) { bench in
      var random = SplitMix64(seed: 4)
      var stream = SegmentStream(0, &random)
      var (frames, bytes) = (0, 0)
      for _ in 0..<200 {
        for item in stream.next(&random) {
          bench.inject(item.frame, at: 0, flags: item.flags)
          (frames, bytes) = (frames + 1, bytes + item.frame.count)
        }
      }
      bench.run()
      #expect(bench.count(.joinedSegments, at: 1) > 0)
      for cell: UInt32 in [1, 2] { expect(bench.memory.cells[cell], frames: frames, bytes: bytes) }
    }
  }

  @Test func whatTheOutputDoesNotAcceptIsNotMetered() throws {
    let refusing = TestPort(maximumFrame: 1000, rules: (in: Self.meter, out: .init()))
    let full = TestPort(byteLimit: 3000, rules: (in: Self.otherMeter, out: .init()))
    try withSwitch([TestPort(), refusing, full]) { bench in
      let frame = ipFrame(to: broadcast, from: station(1), .udp, payload: pattern(1400), checksum: .right)
      for _ in 0..<10 { bench.inject(frame, at: 0, flags: MR_META_CHECKSUM_KNOWN) }
      bench.run()
      expect(bench.memory.cells[1], frames: 0, bytes: 0)
      let taken = bench.take(2).count
      #expect(taken < 10 && bench.count(.dropQueueFull, at: 2) == UInt64(10 - taken))
      expect(bench.memory.cells[2], frames: taken, bytes: taken * frame.count)
    }
  }

  @Test func theMeterWithTheLongestPrefixCountsAloneAndTheRestIsCountedBesides() throws {
    let rules = PortRules.Direction(
      basic: [
        BasicRule(.meter, .local, .prefix(prefix("0.0.0.0/1")), cell: 1),
        BasicRule(.meter, .local, .prefix(prefix("128.0.0.0/1")), cell: 2),
        BasicRule(.meter, .local, .any, cell: 3),
      ], restCell: 4)
    try withSwitch([TestPort(rules: (in: .init(), out: rules)), TestPort()]) { bench in
      var expected: [UInt32: UInt64] = [4: 1]
      for (n, version) in [4, 4, 4, 4, 4, 4, 6].enumerated() {
        let frame = ipFrame(
          to: broadcast, from: station(n), version: version, .udp, payload: pattern(50), checksum: .right)
        expected[version == 6 ? 3 : frame[26] < 128 ? 1 : 2, default: 0] += 1
        bench.send(frame, at: 0, flags: MR_META_CHECKSUM_KNOWN)
      }
      bench.send(ethernet(to: broadcast, from: station(1)), at: 0)
      #expect(expected.count == 4)
      for cell: UInt32 in 1...4 { #expect(bench.memory.cells[cell].frames == expected[cell]) }
    }
  }
}
