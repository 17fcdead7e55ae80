import Dataplane
import Testing
import Units

@Suite struct FloodTests {
  @Test(arguments: [broadcast, multicast, station(77)])
  func aFrameWithoutAKnownPortLeavesByEveryPortButItsOwn(destination: UInt64) throws {
    try withSwitch(ports: 5) { bench in
      let frame = ethernet(to: destination, from: station(1))
      bench.send(frame, at: 2)
      #expect(bench.takeAll() == [[frame], [frame], [], [frame], [frame]])
      #expect(bench.drops == [])
    }
  }

  @Test func aLearnedAddressIsNeverASenderOfMulticast() throws {
    try withSwitch(ports: 3) { bench in
      bench.fdb.insertStatic(MACAddress(value: multicast), vlan: 0, port: PortID(1))
      let frame = ethernet(to: multicast, from: station(1))
      bench.send(frame, at: 0)
      #expect(bench.takeAll() == [[], [frame], [frame]])
    }
  }

  @Test func copiesAreSeparateFrames() throws {
    let access = TestPort(vlan: .access(10))
    let trunk = TestPort(vlan: .trunk([10], native: 1))
    try withSwitch([access, trunk, access, trunk, access]) { bench in
      let frame = ethernet(to: broadcast, from: station(1))
      bench.send(frame, at: 0)
      #expect(bench.takeAll() == [[], [tagged(frame, 10)], [frame], [tagged(frame, 10)], [frame]])
    }
  }

  @Test func aFloodReachesOnlyPortsOfItsVLAN() throws {
    let ports = [
      TestPort(vlan: .access(10)), TestPort(vlan: .access(20)), TestPort(vlan: .access(10)),
      TestPort(vlan: .trunk([20], native: 1)),
    ]
    try withSwitch(ports) { bench in
      let frame = ethernet(to: broadcast, from: station(1))
      bench.send(frame, at: 0)
      #expect(bench.takeAll() == [[], [], [frame], []])
    }
  }

  @Test func aFloodThatNobodyCanTakeIsCounted() throws {
    try withSwitch([TestPort(vlan: .access(10)), TestPort(vlan: .access(20))]) { bench in
      bench.send(ethernet(to: broadcast, from: station(1)), at: 0)
      #expect(bench.takeAll() == [[], []])
      #expect(bench.drops == ["noOtherPort"])
      #expect(bench.count(.dropNoOtherPort, at: 0) == 1)
    }
  }

  @Test func aCopyThatFindsNoFreeChunkIsCountedAndTheOriginalStillLeaves() throws {
    // The first port's cache takes every chunk there is.
    try withSwitch(ports: 4, arena: Bytes(64 << 10)) { bench in
      let frame = ethernet(to: broadcast, from: station(1))
      bench.send(frame, at: 0)
      #expect(bench.takeAll() == [[], [], [], [frame]])
      #expect(bench.drops == ["noFreeFrame", "noFreeFrame"])
    }
  }
}
