import Dataplane
import Testing

@Suite struct BridgeMannersTests {
  @Test(arguments: 0..<16) func framesToReservedAddressesAreDroppedAndCounted(last: UInt64) throws {
    try withSwitch(ports: 3) { bench in
      bench.send(ethernet(to: 0x0180_C200_0000 | last, from: station(1)), at: 0)
      #expect(bench.takeAll() == [[], [], []])
      #expect(bench.count(.dropReservedAddress, at: 0) == 1)
    }
  }

  @Test func theAddressBehindTheReservedOnesIsForwarded() throws {
    try withSwitch(ports: 2) { bench in
      let frame = ethernet(to: 0x0180_C200_0010, from: station(1))
      bench.send(frame, at: 0)
      #expect(bench.take(1) == [frame])
    }
  }

  @Test func aFrameNeverLeavesByThePortItCameFrom() throws {
    try withSwitch(ports: 3) { bench in
      bench.send(ethernet(to: broadcast, from: station(1)), at: 0)
      _ = bench.takeAll()
      bench.send(ethernet(to: station(1), from: station(2)), at: 0)
      #expect(bench.takeAll() == [[], [], []])
      #expect(bench.drops == ["noOtherPort"])
    }
  }

  @Test func nothingPassesFromUplinkToUplink() throws {
    let uplink = TestPort(isUplink: true)
    try withSwitch([uplink, uplink, TestPort()]) { bench in
      let flooded = ethernet(to: broadcast, from: station(1))
      bench.send(flooded, at: 0)
      #expect(bench.takeAll() == [[], [], [flooded]])
      #expect(bench.drops == [])
      bench.send(ethernet(to: station(1), from: station(2)), at: 1)
      #expect(bench.takeAll() == [[], [], []])
      #expect(bench.count(.dropBetweenUplinks, at: 1) == 1)
      let own = ethernet(to: station(1), from: station(3))
      bench.send(own, at: 2)
      #expect(bench.takeAll() == [[own], [], []])
    }
  }
}
