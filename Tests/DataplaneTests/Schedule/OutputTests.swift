import Dataplane
import Ports
import Testing
import Units

@Suite struct OutputTests {
  private func frames(_ count: Int) -> [[UInt8]] {
    (0..<count).map { ethernet(to: station(9), from: station(1), payload: big16($0) + pattern(44)) }
  }

  @Test func whatAFullQueueCannotTakeIsCountedAndTheRestStaysInOrder() throws {
    try withSwitch(ports: 2, arena: Bytes(64 << 20)) { bench in
      let sent = frames(OutputQueue.capacity + 100)
      bench.ports[1].rings.pointee.isBlocked = true
      for frame in sent { bench.inject(frame, at: 0) }
      bench.run()
      #expect(bench.take(1) == [])
      #expect(bench.count(.dropQueueFull, at: 1) == 100)
      bench.ports[1].rings.pointee.isBlocked = false
      bench.run()
      #expect(bench.take(1) == Array(sent[..<OutputQueue.capacity]))
    }
  }

  @Test func aQueueIsBoundedInBytes() throws {
    try withSwitch([TestPort(), TestPort(byteLimit: 600)]) { bench in
      let sent = frames(20)
      bench.ports[1].rings.pointee.isBlocked = true
      for frame in sent { bench.inject(frame, at: 0) }
      bench.run()
      bench.ports[1].rings.pointee.isBlocked = false
      bench.run()
      // 60 bytes each.
      #expect(bench.take(1) == Array(sent[..<10]))
      #expect(bench.count(.dropQueueFull, at: 1) == 10)
    }
  }

  @Test func oneFrameLongerThanTheLimitStillPasses() throws {
    try withSwitch([TestPort(), TestPort(byteLimit: 10)]) { bench in
      let sent = frames(1)
      bench.send(sent[0], at: 0)
      #expect(bench.take(1) == sent)
    }
  }

  /// A small frame holds a chunk as a large one does: a queue's bytes say little of the arena.
  @Test(arguments: [60, 1514])
  func fullQueuesLeaveChunksToOtherPorts(length: Int) throws {
    // 4,096 chunks, of which injecting ports keep up to 1,024 each.
    try withSwitch(ports: 6, arena: Bytes(16 << 20)) { bench in
      for port in 1..<6 { bench.send(ethernet(to: broadcast, from: station(10 + port)), at: port) }
      for port in 1..<5 { bench.ports[port].rings.pointee.isBlocked = true }
      for _ in 0..<20 {
        for port in 1..<5 {
          for _ in 0..<100 {
            bench.inject(
              ethernet(to: station(10 + port), from: station(1), payload: pattern(length - 14)), at: 0)
          }
          bench.run()
        }
      }
      #expect((1..<5).allSatisfy { bench.count(.dropQueueFull, at: $0) > 0 })
      let frame = ethernet(to: station(15), from: station(1), payload: pattern(100))
      _ = bench.take(5)
      bench.send(frame, at: 0)
      #expect(bench.take(5) == [frame])
    }
  }

  @Test func aDeviceThatBlocksAndUnblocksKeepsTheOrder() throws {
    try withSwitch(ports: 2, arena: Bytes(64 << 20)) { bench in
      let sent = frames(1500)
      var taken: [[UInt8]] = []
      var generator = SplitMix64(seed: 3)
      var next = 0
      while next < sent.count {
        bench.ports[1].rings.pointee.isBlocked = Bool.random(using: &generator)
        let count = min(Int.random(in: 0...100, using: &generator), sent.count - next)
        for frame in sent[next..<next + count] { bench.inject(frame, at: 0) }
        next += count
        bench.pass()
        taken += bench.take(1)
      }
      bench.ports[1].rings.pointee.isBlocked = false
      bench.run()
      #expect(taken + bench.take(1) == sent)
      #expect(bench.drops == [])
    }
  }

  @Test func aBlockedPortDoesNotHoldUpOthers() throws {
    try withSwitch(ports: 3) { bench in
      bench.send(ethernet(to: broadcast, from: station(9)), at: 1)
      bench.send(ethernet(to: broadcast, from: station(8)), at: 2)
      _ = bench.takeAll()
      bench.ports[1].rings.pointee.isBlocked = true
      let free = ethernet(to: station(8), from: station(1))
      bench.inject(frames(1)[0], at: 0)
      bench.inject(free, at: 0)
      bench.run()
      #expect(bench.takeAll() == [[], [], [free]])
      bench.ports[1].rings.pointee.isBlocked = false
      bench.run()
      #expect(bench.take(1) == frames(1))
    }
  }

  @Test func framesLeaveNoFasterThanTheLink() throws {
    // 8 Mbit/s is a byte a microsecond: 60 us a frame.
    let rate = LinkRate(BitRate(bitsPerSecond: 8_000_000), overhead: Bytes(0))
    defer { rate.deallocate() }
    try withSwitch([TestPort(), TestPort(linkRate: rate)]) { bench in
      let sent = frames(200)
      for frame in sent { bench.inject(frame, at: 0) }
      let begin = bench.now
      var taken: [[UInt8]] = []
      while taken.count < sent.count {
        bench.pass()
        taken += bench.take(1)
        // What left so far, beyond the millisecond that may be sent ahead, and the frame at the end.
        #expect(UInt64(taken.count) * 60_000 <= bench.now - begin + 1_000_000 + 60_000)
        try #require(bench.now - begin < 20_000_000)
      }
      #expect(taken == sent)
      #expect(bench.now - begin >= 199 * 60_000 - 1_000_000)
    }
  }

  @Test func whatTheLinkAdmittedStaysAdmittedWhileTheDeviceIsBlocked() throws {
    let rate = LinkRate(BitRate(bitsPerSecond: 8_000_000), overhead: Bytes(0))
    defer { rate.deallocate() }
    try withSwitch([TestPort(), TestPort(linkRate: rate)]) { bench in
      let sent = frames(17)
      bench.ports[1].rings.pointee.isBlocked = true
      for frame in sent { bench.inject(frame, at: 0) }
      for _ in 0..<20 { bench.pass() }
      bench.ports[1].rings.pointee.isBlocked = false
      bench.pass()
      // 16 frames of 60 us fill the millisecond that may be sent ahead, the 17th goes beyond it.
      #expect(bench.take(1) == sent)
    }
  }

  @Test func queuesOfAPortThatWentGiveTheirFramesBack() throws {
    try withSwitch(ports: 2) { bench in
      bench.ports[1].rings.pointee.isBlocked = true
      for frame in frames(50) { bench.inject(frame, at: 0) }
      bench.run()
      #expect(bench.entries[1].outputs[0].count == 50)
      bench.withdraw(port: 1)
      bench.run()
      bench.entries[1].outputs[0].discard(into: bench.pool)
      #expect(bench.entries[1].outputs[0].count == 0)
    }
  }
}
