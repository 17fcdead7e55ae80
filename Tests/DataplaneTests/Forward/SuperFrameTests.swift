import CMillraceABI
import Dataplane
import Ports
import Testing
import Units

@Suite struct SuperFrameTests {
  private let flags = MR_META_CHECKSUM_KNOWN | MR_META_PARTIAL

  @Test(arguments: Transport.allCases, [4, 6])
  func itTravelsWholeAndUnfinished(transport: Transport, version: Int) throws {
    try withSwitch(ports: 2) { bench in
      let frame = ipFrame(
        to: broadcast, from: station(1), version: version, transport, payload: pattern(60000), checksum: .partial)
      let kind = transport == .tcp ? MR_META_GSO_TCP : MR_META_GSO_UDP
      bench.send(frame, at: 0, flags: flags | kind, gsoSize: 1400)
      let out = try #require(bench.ports[1].takeTransmitted())
      #expect(out.bytes == frame)
      #expect(out.gsoSize == 1400)
      #expect(out.metadataFlags & (MR_META_PARTIAL | kind) == MR_META_PARTIAL | kind)
      #expect(bench.count(.superFramesReceived, at: 0) == 1)
      #expect(bench.count(.superFramesTransmitted, at: 1) == 1)
      #expect(bench.count(.transmittedFrames, at: 1) == 1)
    }
  }

  /// Accounted as what a receiver without segmentation offload would see: one frame a segment.
  @Test(arguments: Transport.allCases, [4, 6])
  func itIsChargedTheSumOfItsSegmentsFrames(transport: Transport, version: Int) throws {
    for payload in [1, 1399, 1400, 1401, 2800, 14001, 60000] {
      try withSwitch(ports: 2) { bench in
        let frame = ipFrame(
          to: broadcast, from: station(1), version: version, transport, payload: pattern(payload), checksum: .partial)
        let kind = transport == .tcp ? MR_META_GSO_TCP : MR_META_GSO_UDP
        bench.send(frame, at: 0, flags: flags | kind, gsoSize: 1400)
        let headers = frame.count - payload
        let segments = (payload + 1399) / 1400
        #expect(bench.count(.receivedBytes, at: 0) == UInt64(payload + segments * headers))
        #expect(bench.count(.transmittedBytes, at: 1) == UInt64(payload + segments * headers))
      }
    }
  }

  @Test func aTagCountsInEverySegment() throws {
    try withSwitch([TestPort(vlan: .access(10)), TestPort(vlan: .trunk([10], native: 1))]) { bench in
      let frame = ipFrame(to: broadcast, from: station(1), .tcp, payload: pattern(14000), checksum: .partial)
      bench.send(frame, at: 0, flags: flags | MR_META_GSO_TCP, gsoSize: 1400)
      #expect(bench.take(1) == [tagged(frame, 10)])
      #expect(bench.count(.receivedBytes, at: 0) == 14000 + 10 * 54)
      #expect(bench.count(.transmittedBytes, at: 1) == 14000 + 10 * 58)
    }
  }

  @Test func itsSegmentsMustFitTheOutputsMTU() throws {
    try withSwitch([TestPort(), TestPort(maximumFrame: 1454), TestPort(maximumFrame: 1453)]) { bench in
      let frame = ipFrame(to: broadcast, from: station(1), .tcp, payload: pattern(14000), checksum: .partial)
      bench.send(frame, at: 0, flags: flags | MR_META_GSO_TCP, gsoSize: 1400)
      #expect(bench.takeAll() == [[], [frame], []])
      #expect(bench.count(.dropOversize, at: 2) == 1)
    }
  }

  @Test func theLinkIsChargedForEverySegment() throws {
    // 8 Mbit/s: a microsecond a byte, 1 ms of which may be sent ahead.
    let rate = LinkRate(.init(bitsPerSecond: 8_000_000), overhead: .init(24))
    defer { rate.deallocate() }
    try withSwitch([TestPort(), TestPort(linkRate: rate)]) { bench in
      let frame = ipFrame(to: broadcast, from: station(1), .tcp, payload: pattern(14000), checksum: .partial)
      let begin = bench.now
      for _ in 0..<3 { bench.inject(frame, at: 0, flags: flags | MR_META_GSO_TCP, gsoSize: 1400) }
      bench.run()
      #expect(bench.take(1).count == 1)
      let cost = UInt64(14000 + 10 * (54 + 24)) * 1000
      bench.now = begin + cost - 1_100_000
      bench.run()
      #expect(bench.take(1).count == 0)
      bench.now = begin + cost - 900_000
      bench.run()
      #expect(bench.take(1).count == 1)
      bench.now = begin + 2 * cost
      bench.run()
      #expect(bench.take(1).count == 1)
    }
  }
}
