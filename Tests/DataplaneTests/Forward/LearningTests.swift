import Dataplane
import Testing
import Units

@Suite struct LearningTests {
  @Test func aFrameToALearnedAddressLeavesByThatPortAlone() throws {
    try withSwitch(ports: 4) { bench in
      bench.send(ethernet(to: broadcast, from: station(1)), at: 1)
      _ = bench.takeAll()
      let frame = ethernet(to: station(1), from: station(2))
      bench.send(frame, at: 2)
      #expect(bench.takeAll() == [[], [frame], [], []])
    }
  }

  @Test func anAddressIsLearnedFromEveryKindOfFrame() throws {
    try withSwitch(ports: 3) { bench in
      bench.send(ethernet(to: broadcast, from: station(1)), at: 0)
      bench.send(ethernet(to: station(9), from: station(2)), at: 1)
      bench.send(ethernet(to: multicast, from: station(3)), at: 2)
      #expect((1...3).map { bench.fdb.port(of: station($0), vlan: 0) } == [0, 1, 2])
    }
  }

  @Test func aStationThatMovesIsFollowed() throws {
    try withSwitch(ports: 3) { bench in
      bench.send(ethernet(to: broadcast, from: station(1)), at: 0)
      bench.send(ethernet(to: broadcast, from: station(1)), at: 2)
      _ = bench.takeAll()
      let frame = ethernet(to: station(1), from: station(2))
      bench.send(frame, at: 1)
      #expect(bench.takeAll() == [[], [], [frame]])
      #expect(bench.fdb.entryCount == 2)
    }
  }

  @Test func oneWorkerLearnsForAll() throws {
    try withSwitch(ports: 3, workers: 2) { bench in
      bench.inject(ethernet(to: broadcast, from: station(1)), at: 1)
      bench.pass(worker: 0)
      _ = bench.takeAll()
      let frame = ethernet(to: station(1), from: station(2))
      bench.inject(frame, at: 2)
      bench.pass(worker: 1)
      #expect(bench.takeAll() == [[], [frame], []])
    }
  }

  @Test func anAddressIsLearnedForItsVLANOnly() throws {
    let trunk = TestPort(vlan: .trunk([10, 20], native: 1))
    try withSwitch([trunk, trunk, trunk]) { bench in
      bench.send(ethernet(to: broadcast, from: station(1), tci: 10), at: 0)
      bench.send(ethernet(to: broadcast, from: station(1), tci: 20), at: 1)
      _ = bench.takeAll()
      let ten = ethernet(to: station(1), from: station(2), tci: 10)
      let twenty = ethernet(to: station(1), from: station(2), tci: 20)
      bench.send(ten, at: 2)
      bench.send(twenty, at: 2)
      #expect(bench.takeAll() == [[ten], [twenty], []])
    }
  }

  @Test func anAddressBehindAPortThatWentIsFlooded() throws {
    try withSwitch(ports: 4) { bench in
      bench.send(ethernet(to: broadcast, from: station(1)), at: 1)
      _ = bench.takeAll()
      bench.withdraw(port: 1)
      let frame = ethernet(to: station(1), from: station(2))
      bench.send(frame, at: 2)
      #expect(bench.takeAll() == [[frame], [], [], [frame]])
    }
  }

  @Test func aStaticAddressDoesNotMove() throws {
    try withSwitch(ports: 3) { bench in
      bench.fdb.insertStatic(MACAddress(value: station(1)), vlan: 0, port: PortID(1))
      bench.send(ethernet(to: broadcast, from: station(1)), at: 0)
      _ = bench.takeAll()
      let frame = ethernet(to: station(1), from: station(2))
      bench.send(frame, at: 2)
      #expect(bench.takeAll() == [[], [frame], []])
    }
  }

  @Test func everyFrameIsCountedWhereItCameInAndWhereItLeft() throws {
    try withSwitch(ports: 2) { bench in
      let frames = (0..<10).map { ethernet(to: station(9), from: station(1), payload: pattern(50 + $0)) }
      for frame in frames { bench.inject(frame, at: 0) }
      bench.run()
      let bytes = UInt64(frames.reduce(0) { $0 + $1.count })
      #expect(bench.count(.receivedFrames, at: 0) == 10)
      #expect(bench.count(.receivedBytes, at: 0) == bytes)
      #expect(bench.count(.transmittedFrames, at: 1) == 10)
      #expect(bench.count(.transmittedBytes, at: 1) == bytes)
      #expect(bench.take(1) == frames)
    }
  }

  @Test func aFrameCountsAtTheQueueOfItsDestinationElseAtItsSenders() throws {
    try withSwitch([TestPort(queue: 1), TestPort(queue: 2), TestPort(isUplink: true)]) { bench in
      bench.send(ethernet(to: station(8), from: station(1)), at: 0)
      bench.send(ethernet(to: station(1), from: station(2)), at: 1)
      bench.send(ethernet(to: station(2), from: station(9)), at: 2)
      bench.send(ethernet(to: station(9), from: station(1)), at: 0)
      // To nobody known from 0; to 0; to 1; to the uplink, which has no queue, from 0.
      #expect((0..<3).map { bench.count(.queueFrames, at: $0) } == [3, 1, 0])
    }
  }
}
