import CMillraceABI
import Dataplane
import Testing

@Suite struct RefusalTests {
  @Test(arguments: 1..<14) func aRuntIsDroppedAndCounted(length: Int) throws {
    try withSwitch(ports: 2) { bench in
      bench.send(Array(ethernet(to: broadcast, from: station(1))[..<length]), at: 0)
      #expect(bench.take(1) == [])
      #expect(bench.drops == ["runt"])
      #expect(bench.count(.receivedFrames, at: 0) == 1)
      #expect(bench.fdb.entryCount == 0)
    }
  }

  @Test func aFrameOfNothingButItsHeaderIsForwarded() throws {
    try withSwitch(ports: 2) { bench in
      let frame = Array(ethernet(to: broadcast, from: station(1))[..<14])
      bench.send(frame, at: 0)
      #expect(bench.take(1) == [frame])
    }
  }

  @Test(arguments: [0x0300_0000_0001, broadcast]) func aMulticastSourceIsMalformed(source: UInt64) throws {
    try withSwitch(ports: 2) { bench in
      bench.send(ethernet(to: broadcast, from: source), at: 0)
      #expect(bench.take(1) == [])
      #expect(bench.drops == ["malformed"])
      #expect(bench.fdb.entryCount == 0)
    }
  }

  @Test(arguments: 14..<18) func aTruncatedTagIsMalformed(length: Int) throws {
    try withSwitch([TestPort(vlan: .trunk([5], native: 1)), TestPort(vlan: .trunk([5], native: 1))]) { bench in
      bench.send(Array(ethernet(to: broadcast, from: station(1), tci: 5)[..<length]), at: 0)
      #expect(bench.take(1) == [])
      #expect(bench.drops == ["malformed"])
    }
  }

  @Test func nonsenseInsideIPIsNoneOfABridgesBusiness() throws {
    try withSwitch(ports: 2) { bench in
      let frame = ethernet(to: broadcast, from: station(1), type: 0x0800, payload: [UInt8](repeating: 0xFF, count: 46))
      bench.send(frame, at: 0)
      #expect(bench.take(1) == [frame])
    }
  }

  @Test func eachOutputRefusesWhatIsLongerThanItsMTU() throws {
    let ports = [9014, 1514, 9014, 1014].map { TestPort(maximumFrame: $0) }
    try withSwitch(ports) { bench in
      let fits = ethernet(to: broadcast, from: station(1), payload: pattern(1500))
      let long = ethernet(to: broadcast, from: station(1), payload: pattern(1501))
      bench.send(fits, at: 0)
      bench.send(long, at: 0)
      #expect(bench.takeAll() == [[], [fits], [fits, long], []])
      #expect((0..<4).map { bench.count(.dropOversize, at: $0) } == [0, 1, 0, 2])
    }
  }

  @Test func aTagDoesNotCountAgainstTheMTU() throws {
    let trunk = TestPort(vlan: .trunk([5], native: 1), maximumFrame: 1514)
    try withSwitch([trunk, trunk, TestPort(vlan: .access(5), maximumFrame: 1514)]) { bench in
      let frame = ethernet(to: broadcast, from: station(1), tci: 5, payload: pattern(1500))
      bench.send(frame, at: 0)
      #expect(bench.takeAll() == [[], [frame], [Array(frame[..<12] + frame[16...])]])
      #expect(bench.drops == [])
    }
  }

  @Test func anInnerTagThatBecomesTheOutermostDoesNotCountEither() throws {
    let trunk = TestPort(vlan: .trunk([5], native: 1), maximumFrame: 1518)
    try withSwitch([trunk, TestPort(vlan: .access(5), maximumFrame: 1514)]) { bench in
      let inner = ethernet(to: broadcast, from: station(1), tci: 99, payload: pattern(1500))
      bench.send(tagged(inner, 5), at: 0)
      bench.send(inner, at: 0, flags: MR_META_VLAN, tci: 5)
      #expect(bench.take(1) == [inner, inner])
    }
  }

  /// Its first tag gone, as in a trunk's native VLAN, such a frame would be one of VLAN 20.
  @Test func aTagBehindOneThatNamesNoVLANPutsNoFrameIntoAnother() throws {
    let ports = [
      TestPort(vlan: .access(10)), TestPort(vlan: .trunk([10], native: 1)), TestPort(vlan: .trunk([20], native: 10)),
    ]
    try withSwitch(ports) { bench in
      let inner = ethernet(to: broadcast, from: station(1), tci: 20, payload: pattern(100))
      bench.send(tagged(inner, 0), at: 0)
      bench.send(inner, at: 0, flags: MR_META_VLAN, tci: 0xE000)
      #expect(bench.take(2) == [])
      #expect(bench.count(.dropVLAN, at: 2) == 2)
      let plain = ethernet(to: broadcast, from: station(1), payload: pattern(100))
      bench.send(tagged(plain, 10), at: 1)
      #expect(bench.take(2) == [plain])
    }
  }

  @Test func aSuperFrameOfAKindNoOutputCanExpressIsDropped() throws {
    try withSwitch(ports: 2) { bench in
      let tunnel = ethernet(to: broadcast, from: station(1), payload: pattern(5000))
      bench.send(tunnel, at: 0, flags: MR_META_GSO_OTHER, gsoSize: 1400)
      bench.send(tunnel, at: 0, flags: MR_META_GSO_TCP, gsoSize: 1400)
      #expect(bench.take(1) == [])
      #expect(bench.drops == ["unsupportedSegmentation", "unsupportedSegmentation"])
    }
  }

  /// What a guest claims of a super-frame: cut by it, its segments would have a checksum outside of them, which the kernel
  /// refuses again and again.
  @Test(arguments: [0x00, 0x40])
  func aSuperFrameWhoseHeaderIsTooShortIsDropped(dataOffset: UInt8) throws {
    try withSwitch([TestPort(), TestPort(superFrames: [])]) { bench in
      var frame = ipFrame(to: broadcast, from: station(1), .tcp, payload: pattern(80), checksum: .partial)
      frame[14 + 20 + 12] = dataOffset
      bench.send(frame, at: 0, flags: MR_META_CHECKSUM_KNOWN | MR_META_PARTIAL | MR_META_GSO_TCP, gsoSize: 10)
      #expect(bench.take(1) == [])
      #expect(bench.drops == ["unsupportedSegmentation"])
    }
  }
}
