import CMillraceABI
import Dataplane
import Ports
import Testing
import Units

@Suite struct CutSuperFrameTests {
  private let flags = MR_META_CHECKSUM_KNOWN | MR_META_PARTIAL

  @Test(arguments: Transport.allCases, [4, 6])
  func anOutputWithoutSegmentationGetsTheSegments(transport: Transport, version: Int) throws {
    let output = TestPort(maximumFrame: 9014, superFrames: [])
    try withSwitch([TestPort(maximumFrame: 9014), output]) { bench in
      for (payload, size) in [
        (1, 1000), (1000, 1000), (1001, 1000), (60_000, 1400), (60_000, 8900), (700, 9), (40_000, 3786),
      ] {
        for (part, tcpFlags) in [(3840, 0x10), (517, 0x99)] {
          var frame = ipFrame(
            to: broadcast, from: station(1), version: version, transport, payload: pattern(payload), checksum: .partial)
          if transport == .tcp { frame[frame.count - payload - 7] = UInt8(tcpFlags) }
          let kind = transport == .tcp ? MR_META_GSO_TCP : MR_META_GSO_UDP
          bench.send(frame, at: 0, flags: flags | kind, gsoSize: size, part: part)
          #expect(bench.take(1) == NaiveSegments.cut(frame, size: size), "\(payload) by \(size) in parts of \(part)")
        }
      }
      #expect(bench.drops == [])
    }
  }

  /// What the kernel says of a super-frame's segments beside it.
  @Test(arguments: [MR_META_GSO_ECN, MR_META_GSO_ACCECN, MR_META_GSO_FIXED_ID])
  func whatEverySegmentHas(flag: Int) throws {
    try withSwitch([TestPort(), TestPort(superFrames: [])]) { bench in
      var frame = ipFrame(to: broadcast, from: station(1), .tcp, payload: pattern(3000), checksum: .partial)
      // CWR and ACK.
      frame[14 + 20 + 13] = 0x90
      bench.send(frame, at: 0, flags: flags | MR_META_GSO_TCP | flag, gsoSize: 1000)
      let segments = bench.take(1)
      let cwr = flag == MR_META_GSO_ACCECN ? [true, true, true] : [true, false, false]
      #expect(segments.map { $0[14 + 20 + 13] & 0x80 != 0 } == cwr)
      let identifications = segments.map { UInt16($0[18]) << 8 | UInt16($0[19]) }
      let first = try #require(identifications.first)
      let isFixed = flag == MR_META_GSO_FIXED_ID
      #expect(identifications == (isFixed ? [first, first, first] : [first, first + 1, first + 2]))
    }
  }

  @Test func tagsAreInEverySegment() throws {
    let output = TestPort(vlan: .trunk([10], native: 1), superFrames: [])
    try withSwitch([TestPort(vlan: .access(10)), output]) { bench in
      let frame = ipFrame(to: broadcast, from: station(1), .tcp, payload: pattern(5000), checksum: .partial)
      bench.send(frame, at: 0, flags: flags | MR_META_GSO_TCP, gsoSize: 1400)
      #expect(bench.take(1) == NaiveSegments.cut(tagged(frame, 10), size: 1400))
    }
  }

  @Test func onlyTheKindsTheDeviceLacksAreCut() throws {
    try withSwitch([TestPort(), TestPort(superFrames: [.tcp4])]) { bench in
      for (transport, version, count) in [(Transport.tcp, 4, 1), (.tcp, 6, 4), (.udp, 4, 4)] {
        let kind = transport == .tcp ? MR_META_GSO_TCP : MR_META_GSO_UDP
        let frame = ipFrame(
          to: broadcast, from: station(1), version: version, transport, payload: pattern(4000), checksum: .partial)
        bench.send(frame, at: 0, flags: flags | kind, gsoSize: 1000)
        #expect(bench.take(1).count == count)
      }
    }
  }

  @Test func itWaitsWholeWhileThereIsNoRoomForAllSegments() throws {
    try withSwitch([TestPort(), TestPort(superFrames: [])]) { bench in
      let frame = ipFrame(to: broadcast, from: station(1), .tcp, payload: pattern(14_000), checksum: .partial)
      bench.ports[1].rings.pointee.isBlocked = true
      bench.send(frame, at: 0, flags: flags | MR_META_GSO_TCP, gsoSize: 1400)
      #expect(bench.take(1) == [])
      bench.ports[1].rings.pointee.isBlocked = false
      bench.run()
      #expect(bench.take(1).count == 10)
    }
  }

  @Test func withoutFreeChunksItIsACountedDrop() throws {
    // 300 chunks: the injecting port caches 256 of them, the worker finds 44.
    try withSwitch([TestPort(), TestPort(superFrames: [])], arena: .init(300 * 4096)) { bench in
      let frame = ipFrame(to: broadcast, from: station(1), .tcp, payload: pattern(60_000), checksum: .partial)
      bench.send(frame, at: 0, flags: flags | MR_META_GSO_TCP, gsoSize: 1000)
      #expect(bench.take(1) == [])
      #expect(bench.drops == ["noFreeFrame"])
    }
  }
}
