import CMillraceABI
import Dataplane
import Ports
import Testing
import Units

@Suite struct CoalesceTests {
  private static let input = TestPort(vlan: .trunk([5], native: 1), maximumFrame: 2000, joins: true)
  private static let output = TestPort(vlan: .trunk([5], native: 1), maximumFrame: 2000)

  /// The frames of each flow that `passes` batches of random streams put in and got out, cut into segments.
  private func run(
    seed: UInt64, passes: Int, _ bench: TestSwitch, whenQueued: (Int) -> Void = { _ in }
  ) -> (sent: [UInt64: [[UInt8]]], received: [UInt64: [[UInt8]]], frames: Int) {
    var random = SplitMix64(seed: seed)
    var streams = (0..<(1 + random.below(12))).map { SegmentStream($0, &random) }
    var sent: [UInt64: [[UInt8]]] = [:]
    var received: [UInt64: [[UInt8]]] = [:]
    var frames = 0
    for vlan in [nil, 0x0005] { bench.send(ethernet(to: station(2), from: station(1), tci: vlan), at: 1) }
    _ = bench.takeAll()
    for pass in 0..<passes {
      var items: [(flow: UInt64, item: SegmentStream.Item)] = []
      for _ in 0..<(1 + random.below(4)) {
        let stream = random.below(streams.count)
        for _ in 0..<(1 + random.below(30)) {
          items += streams[stream].next(&random).map { (station(100 + stream), $0) }
        }
      }
      if items.count > 1, random.below(4) == 0 {
        let i = random.below(items.count - 1)
        items.swapAt(i, i + 1)
      }
      for (flow, item) in items {
        sent[flow, default: []].append(item.expected)
        bench.inject(item.frame, at: 0, flags: item.flags, part: random.below(6) == 0 ? 700 : 3840)
      }
      bench.pass()
      whenQueued(pass)
      bench.run()
      while let frame = bench.ports[1].takeTransmitted() {
        frames += 1
        let flow = frame.bytes[6..<12].reduce(0) { $0 << 8 | UInt64($1) }
        let segments = frame.gsoSize > 0 ? NaiveSegments.cut(frame.bytes, size: frame.gsoSize) : [frame.bytes]
        received[flow, default: []] += segments
      }
    }
    return (sent, received, frames)
  }

  @Test(arguments: 0..<60)
  func aReceiverCannotTell(seed: UInt64) throws {
    try withSwitch([Self.input, Self.output]) { bench in
      let (sent, received, frames) = run(seed: seed, passes: 60, bench)
      for (flow, expected) in sent {
        let got = (received[flow] ?? []).map(NaiveSegments.withoutAtomicIdentification)
        #expect(got == expected.map(NaiveSegments.withoutAtomicIdentification), "flow \(flow)")
      }
      #expect(bench.drops == [])
      let joined = bench.count(.joinedSegments, at: 1)
      let became = bench.count(.joinedFrames, at: 1)
      #expect(Int(joined) - Int(became) == sent.values.reduce(0) { $0 + $1.count } - frames)
    }
  }

  @Test func randomStreamsAreJoinedAtAll() throws {
    try withSwitch([Self.input, Self.output]) { bench in
      _ = run(seed: 1, passes: 200, bench)
      #expect(bench.count(.joinedSegments, at: 1) > 1000)
      #expect(bench.count(.joinedSegments, at: 1) > 2 * bench.count(.joinedFrames, at: 1))
    }
  }

  /// What was joined and then must be cut is what arrived, to the last bit.
  @Test(arguments: 0..<30)
  func anOutputThatStopsTakingSuperFramesGetsTheVerySegments(seed: UInt64) throws {
    try withSwitch([Self.input, Self.output]) { bench in
      let rings = bench.ports[1].rings
      let io = bench.entries[1].io
      rings.pointee.isBlocked = true
      let (sent, received, _) = run(seed: seed, passes: 30, bench) { _ in
        io.setSuperFrames([])
        rings.pointee.isBlocked = false
        bench.run()
        io.setSuperFrames(.all)
        rings.pointee.isBlocked = true
      }
      for (flow, expected) in sent { #expect(received[flow] == expected, "flow \(flow)") }
      #expect(bench.count(.joinedSegments, at: 1) > 0)
    }
  }

  private func segments(
    _ count: Int, _ bench: TestSwitch, flags: Int = 0, checksumStart: Int = 0
  ) throws -> [MemoryPort.Transmitted] {
    injectSegments(count, bench, flags: flags, checksumStart: checksumStart)
    bench.run()
    var out: [MemoryPort.Transmitted] = []
    while let frame = bench.ports[1].takeTransmitted() { out.append(frame) }
    return out
  }

  private func injectSegments(_ count: Int, _ bench: TestSwitch, flags: Int = 0, checksumStart: Int = 0) {
    bench.send(ethernet(to: station(2), from: station(1)), at: 1)
    _ = bench.takeAll()
    for i in 0..<count {
      let payload = pattern(1000, seed: UInt64(i))
      var frame = ipFrame(to: station(1), from: station(100), .tcp, payload: payload, checksum: .right)
      frame.replaceSubrange(38..<42, with: big16((i * 1000) >> 16) + big16(i * 1000 & 0xFFFF))
      frame.replaceSubrange(18..<20, with: big16(i))
      frame.replaceSubrange(24..<26, with: [0, 0])
      frame.replaceSubrange(24..<26, with: big16(onesSum(Array(frame[14..<34])) ^ 0xFFFF))
      bench.inject(
        NaiveSegments.finish(frame), at: 0, flags: flags, checksumStart: checksumStart,
        checksumOffset: checksumStart == 0 ? 0 : 16)
    }
  }

  private func expectUnjoined(_ bench: TestSwitch) throws {
    let out = try segments(5, bench)
    #expect(out.count == 5)
  }

  @Test func consecutiveSegmentsLeaveAsOneSuperFrame() throws {
    try withSwitch([TestPort(joins: true), TestPort()]) { bench in
      let out = try segments(40, bench)
      try #require(out.count == 1)
      #expect(out[0].gsoSize == 1000)
      #expect(out[0].bytes.count == 54 + 40_000)
      #expect(out[0].metadataFlags & (MR_META_PARTIAL | MR_META_GSO_TCP) == MR_META_PARTIAL | MR_META_GSO_TCP)
      #expect(bench.count(.transmittedBytes, at: 1) == 40 * 1054)
    }
  }

  /// A sender whose tunnel's header is finished leaves the inner one's checksum to the device.
  @Test func framesWithAnotherUnfinishedChecksumAreLeftAsTheyAre() throws {
    let flags = MR_META_CHECKSUM_KNOWN | MR_META_PARTIAL
    try withSwitch([TestPort(joins: true), TestPort()]) { bench in
      let own = try segments(5, bench, flags: flags, checksumStart: 34)
      #expect(own.count == 1)
      let inner = try segments(5, bench, flags: flags, checksumStart: 84)
      #expect(inner.count == 5)
    }
  }

  /// What waits for a rate goes on at once when nothing holds it any more; the frame before it has left.
  @Test func nothingIsJoinedToAFrameThatHasLeft() throws {
    try withSwitch([TestPort(joins: true), TestPort()]) { bench in
      var plan = BandwidthPlan(ports: (0...1).map { BandwidthPlan.Port(index: $0) })
      plan.ports[0].maximum = BitRate(bitsPerSecond: 1_000_000)
      bench.manage(plan)
      injectSegments(40, bench)
      bench.pass()
      let first = bench.take(1).count
      #expect(first > 0 && first < 40)
      bench.manage(nil)
      bench.run()
      #expect(bench.count(.transmittedBytes, at: 1) == 40 * 1054)
    }
  }

  @Test func aSuperFrameHasAtMost65535Bytes() throws {
    try withSwitch([TestPort(joins: true), TestPort()]) { bench in
      let out = try segments(130, bench)
      #expect(out.map { $0.bytes.count } == [54 + 64_000, 54 + 64_000, 54 + 2_000])
    }
  }

  @Test func thePortTheyComeFromMayForbidIt() throws {
    try withSwitch([TestPort(joins: false), TestPort()]) { try expectUnjoined($0) }
  }

  @Test func thePortTheyLeaveByMayForbidIt() throws {
    var output = TestPort()
    output.joinsSent = false
    try withSwitch([TestPort(joins: true), output]) { try expectUnjoined($0) }
  }

  @Test func anOutputThatTakesNoSuperFramesGetsNone() throws {
    try withSwitch([TestPort(joins: true), TestPort(superFrames: [.tcp6, .udp])]) { bench in
      try expectUnjoined(bench)
    }
  }

  @Test func theLinkIsChargedForEverySegment() throws {
    // 8 Mbit/s: a microsecond a byte, 1 ms of which may be sent ahead.
    let rate = LinkRate(.init(bitsPerSecond: 8_000_000), overhead: .init(24))
    defer { rate.deallocate() }
    try withSwitch([TestPort(joins: true), TestPort(linkRate: rate)]) { bench in
      let begin = bench.now
      let first = try segments(10, bench)
      #expect(first.count == 1)
      bench.inject(ethernet(to: station(1), from: station(100)), at: 0)
      bench.run()
      let cost = UInt64(10 * (1054 + 24)) * 1000
      #expect(bench.take(1).count == 0)
      bench.now = begin + cost
      bench.run()
      #expect(bench.take(1).count == 1)
    }
  }
}
