import CMillraceABI
import Dataplane
import Testing

@Suite struct VLANTests {
  private let access10 = TestPort(vlan: .access(10))
  private let access20 = TestPort(vlan: .access(20))
  private let trunk = TestPort(vlan: .trunk([10, 20], native: 1))
  private let plain = TestPort(vlan: .access(1))
  private let frame = ethernet(to: broadcast, from: station(1))

  /// Sends `sent` to port 0 of four: access 10, access 20, a trunk of both whose native VLAN is 1, access 1; returns
  /// what leaves by the others.
  private func leaving(
    from first: TestPort, _ sent: [UInt8], flags: Int = 0, tci: UInt16 = 0
  ) throws -> (frames: [[[UInt8]]], drops: [String]) {
    var result: (frames: [[[UInt8]]], drops: [String]) = ([], [])
    try withSwitch([first, access10, access20, trunk, plain]) { bench in
      bench.send(sent, at: 0, flags: flags, tci: tci)
      result = (Array(bench.takeAll()[1...]), bench.drops)
    }
    return result
  }

  @Test func untaggedFramesOfAnAccessPortAreTaggedOnTrunks() throws {
    let out = try leaving(from: access10, frame)
    #expect(out.frames == [[frame], [], [tagged(frame, 10)], []])
  }

  @Test func taggedFramesOfATrunkAreUntaggedOnAccessPortsAndKeptOnTrunks() throws {
    let out = try leaving(from: trunk, tagged(frame, 0xB014))
    #expect(out.frames == [[], [frame], [tagged(frame, 0xB014)], []])
  }

  @Test func untaggedFramesOfATrunkBelongToItsNativeVLAN() throws {
    let out = try leaving(from: trunk, frame)
    #expect(out.frames == [[], [], [frame], [frame]])
  }

  @Test func nativeVLANsMayDifferFromTrunkToTrunk() throws {
    let first = TestPort(vlan: .trunk([1, 10], native: 20))
    let second = TestPort(vlan: .trunk([20], native: 1))
    try withSwitch([first, second]) { bench in
      bench.send(frame, at: 0)
      bench.send(tagged(frame, 1), at: 0)
      #expect(bench.take(1) == [tagged(frame, 20), frame])
    }
  }

  @Test func aTrunkRefusesTagsItIsNotGiven() throws {
    let out = try leaving(from: trunk, tagged(frame, 30))
    #expect(out.frames == [[], [], [], []])
    #expect(out.drops == ["vlan"])
  }

  @Test func anAccessPortRefusesTaggedFrames() throws {
    for tci in [10, 20, 0xE00A] {
      let out = try leaving(from: access10, tagged(frame, tci))
      #expect(out.frames == [[], [], [], []])
      #expect(out.drops == ["vlan"])
    }
  }

  @Test func aPriorityTagCountsAsUntaggedAndItsPriorityIsKept() throws {
    let out = try leaving(from: access10, tagged(frame, 0xA000))
    #expect(out.frames == [[frame], [], [tagged(frame, 0xA00A)], []])
  }

  @Test func aTagBesideTheFrameCountsLikeOneInIt() throws {
    let out = try leaving(from: trunk, frame, flags: MR_META_VLAN, tci: 0x6014)
    #expect(out.frames == [[], [frame], [tagged(frame, 0x6014)], []])
  }

  @Test func aTagBesideTheFrameIsRefusedLikeOneInIt() throws {
    let out = try leaving(from: access10, frame, flags: MR_META_VLAN, tci: 10)
    #expect(out.frames == [[], [], [], []])
    #expect(out.drops == ["vlan"])
  }

  @Test func aPriorityTagBesideTheFrameCountsAsUntagged() throws {
    let out = try leaving(from: access10, frame, flags: MR_META_VLAN, tci: 0x4000)
    #expect(out.frames == [[frame], [], [tagged(frame, 0x400A)], []])
  }

  @Test func anInnerTagIsPayload() throws {
    let inner = tagged(frame, 99)
    let inFrame = try leaving(from: trunk, tagged(inner, 10))
    #expect(inFrame.frames == [[inner], [], [tagged(inner, 10)], []])
    let beside = try leaving(from: trunk, inner, flags: MR_META_VLAN, tci: 10)
    #expect(beside.frames == [[inner], [], [tagged(inner, 10)], []])
  }

  @Test func aServiceTagIsPayloadWhereverItIs() throws {
    var service = tagged(frame, 10)
    service.replaceSubrange(12..<14, with: [0x88, 0xA8])
    let inFrame = try leaving(from: access20, service)
    #expect(inFrame.frames == [[], [service], [tagged(service, 20)], []])
    let beside = try leaving(from: access20, frame, flags: MR_META_VLAN | MR_META_VLAN_SERVICE, tci: 10)
    #expect(beside.frames == [[], [service], [tagged(service, 20)], []])
  }

  @Test func unicastToAPortOfAnotherVLANDoesNotLeak() throws {
    try withSwitch([access10, access20, trunk]) { bench in
      bench.send(ethernet(to: broadcast, from: station(2)), at: 1)
      _ = bench.takeAll()
      let frame = ethernet(to: station(2), from: station(1))
      bench.send(frame, at: 0)
      #expect(bench.takeAll() == [[], [], [tagged(frame, 10)]])
    }
  }

  @Test func aChainIsTaggedAndUntaggedInItsFirstPart() throws {
    let jumbo = ethernet(to: broadcast, from: station(1), payload: pattern(9000))
    var (left, right) = (access10, trunk)
    (left.maximumFrame, right.maximumFrame) = (9014, 9014)
    try withSwitch([left, right]) { bench in
      bench.send(jumbo, at: 0, part: 1001)
      #expect(bench.take(1) == [tagged(jumbo, 10)])
      bench.send(tagged(jumbo, 10), at: 1, part: 1001)
      #expect(bench.take(0) == [jumbo])
    }
  }
}
