import Dataplane
import Ports
import Testing
import Units

/// Frames that wait: how many, in which order, how long, and what becomes of them.
@Suite struct WaitingTests {
  private func withMaximum(
    _ rate: UInt64, _ streams: [Stream], workers: Int = 1, heldChunks: Int = 2000, _ body: (LinkBench) throws -> Void
  ) throws {
    try withLink(nil, ports: 2, workers: workers, streams: streams, heldChunks: heldChunks) {
      $0.ports[1].maximum = BitRate(bitsPerSecond: rate)
    } _: {
      try body($0)
    }
  }

  @Test func everyFrameIsForwardedWaitsOrIsCounted() throws {
    try withMaximum(10_000_000, [Stream(port: 1, rate: 40e6, flows: 5)]) { link in
      link.run(milliseconds: 300)
      let figures = try #require(link.bench.bandwidth).figures()
      let dropped = link.bench.count(.dropQueueFull, at: 0) + link.bench.count(.dropAQM, at: 0)
      let waiting = try #require(link.bench.bandwidth).waitingBytes().reduce(0, +)
      #expect(dropped > 0 && waiting > 0)
      #expect(link.offered[0] == link.arrived[0] + Int(dropped) + waiting / 1514)
      #expect(figures.reduce(0) { $0 + $1.fullDrops + $1.managedDrops } == dropped)
    }
  }

  @Test func whatWaitsAtAWorkerIsBounded() throws {
    try withMaximum(1_000_000, [Stream(port: 1, rate: 2e9, flows: 300)], heldChunks: 50) { link in
      link.run(milliseconds: 20)
      let waiting = try #require(link.bench.bandwidth).waitingBytes().reduce(0, +)
      #expect(waiting <= 51 * 1514)
    }
  }

  @Test func sixtyFourOfTheLargestFramesMayWaitHoweverLowTheRate() throws {
    try withMaximum(1_000_000, [Stream(port: 1, rate: 20e6, size: 9014)]) { link in
      let bandwidth = try #require(link.bench.bandwidth)
      link.run(milliseconds: 200)
      #expect(bandwidth.figures().reduce(0) { $0 + $1.fullDrops } == 0)
      link.run(milliseconds: 100)
      #expect(bandwidth.figures().reduce(0) { $0 + $1.fullDrops } > 0)
    }
  }

  /// Of chunks, of which a frame of 64 bytes takes as many as one of 1514, a port that floods has most.
  @Test func aFloodOfSmallFramesTakesNoOtherPortsPlace() throws {
    // The second's ten segments at a time are cut, and wait for their rate.
    let streams = [
      Stream(port: 1, rate: 100e6, flows: 500, size: 64), Stream(port: 2, rate: 9e6, segments: 10),
    ]
    try withLink(nil, ports: 2, streams: streams, heldChunks: 200) {
      $0.ports[1].maximum = BitRate(bitsPerSecond: 1_000_000)
      $0.ports[2].maximum = BitRate(bitsPerSecond: 10_000_000)
    } _: { link in
      link.run(milliseconds: 500)
      #expect(link.bench.count(.dropQueueFull, at: 0) > 0)
      #expect(link.arrived[1] >= 10 * (link.offered[1] - 2))
    }
  }

  /// Frames for one port make too much wait, and the longest flow is another port's.
  @Test func aFrameThatMakesRoomIsCountedAtThePortItWaitedFor() throws {
    try withMaximum(1_000_000, [], heldChunks: 50) { link in
      link.bench.send(ethernet(to: broadcast, from: station(2)), at: 2)
      _ = link.bench.takeAll()
      func send(_ frames: Int, to destination: Int, flow: Int) {
        for _ in 0..<frames {
          link.bench.inject(
            udpFrame(
              to: station(destination), from: station(1), ports: (20_000, 30_000 + flow), payload: 1472), at: 1)
        }
        link.bench.pass(after: 1000)
      }
      send(45, to: 2, flow: 0)
      let before = (0...2).map { link.bench.count(.dropQueueFull, at: $0) }
      for flow in 1...10 { send(1, to: 1000, flow: flow) }
      let dropped = (0...2).map { link.bench.count(.dropQueueFull, at: $0) - before[$0] }
      #expect(dropped[2] > 0)
      #expect(dropped[0] == 0 && dropped[1] == 0)
    }
  }

  @Test func anElephantDoesNotStarveAMouse() throws {
    try withMaximum(10_000_000, [Stream(port: 1, rate: 50e6), Stream(port: 1, rate: 1e6, size: 200)]) { link in
      link.run(milliseconds: 100)
      let mouse = link.rates(milliseconds: 1000)[1]
      #expect(abs(mouse / 1e6 - 1) <= 0.02)
      #expect(link.arrived[1] >= link.offered[1] - 2)
    }
  }

  @Test func flowsOfAClassShareAlike() throws {
    try withMaximum(50_000_000, (0..<5).map { _ in Stream(port: 1, rate: 100e6) }) { link in
      link.run(milliseconds: 100)
      for rate in link.rates(milliseconds: 1000) { #expect(abs(rate / 10e6 - 1) <= 0.02) }
    }
  }

  @Test func aFlowThatKnowsECNIsMarkedAndOthersLoseFrames() throws {
    for ecn in [0, 2] {
      // A little too fast: the queue stands, and never fills.
      try withMaximum(10_000_000, [Stream(port: 1, rate: 10.2e6, ecn: ecn)]) { link in
        link.run(milliseconds: 2000)
        let figures = try #require(link.bench.bandwidth).figures().reduce(ClassFigures(), +)
        #expect((figures.marks > 0) == (ecn == 2))
        #expect((figures.managedDrops > 0) == (ecn == 0))
        #expect(figures.fullDrops == 0)
      }
    }
  }

  @Test func aPlanThatChangesLosesNothingAndKeepsTheOrder() throws {
    try withMaximum(10_000_000, [Stream(port: 1, rate: 20e6, flows: 7), Stream(port: 2, rate: 20e6, flows: 3)]) {
      link in
      for round in 0..<6 {
        link.run(milliseconds: 15)
        var plan = BandwidthPlan(ports: (0...2).map { .init(index: $0) })
        plan.ports[0].isUplink = true
        plan.ports[0].rate = BitRate(bitsPerSecond: 15_000_000)
        plan.ports[1 + round % 2].maximum = BitRate(bitsPerSecond: 5_000_000)
        link.bench.manage(round == 5 ? nil : plan)
      }
      link.streams = link.streams.map { stream in
        var off = stream
        off.isOn = false
        return off
      }
      link.run(milliseconds: 1)
      let dropped = Int(link.bench.count(.dropQueueFull, at: 0) + link.bench.count(.dropAQM, at: 0))
      #expect(link.offered.reduce(0, +) == link.arrived.reduce(0, +) + dropped)
      #expect(link.arrived.reduce(0, +) > 50)
    }
  }

  @Test func framesForAPortThatWentAreGivenBackAndCountedThere() throws {
    try withMaximum(1_000_000, [Stream(port: 1, rate: 20e6)]) { link in
      link.run(milliseconds: 20)
      let plan = try #require(link.bench.bandwidth).plan
      var without = plan
      without.ports.removeFirst()
      let waiting = try #require(link.bench.bandwidth).waitingBytes().reduce(0, +)
      link.bench.withdraw(port: 0, plan: without)
      #expect(try #require(link.bench.bandwidth).waitingBytes().reduce(0, +) == 0)
      #expect(waiting > 0 && Int(link.bench.count(.dropDevice, at: 0)) == waiting / 1514)
    }
  }

  @Test func aDeviceThatBlocksIsNotFilledBeyondItsQueue() throws {
    try withLink(100_000_000, ports: 1, streams: [Stream(port: 1, rate: 50e6)]) { link in
      link.bench.ports[0].rings.pointee.isBlocked = true
      link.run(milliseconds: 50)
      link.bench.ports[0].rings.pointee.isBlocked = false
      link.run(milliseconds: 100)
      #expect(
        link.arrived[0] + Int(link.bench.count(.dropQueueFull, at: 0) + link.bench.count(.dropAQM, at: 0))
          >= link.offered[0] - 2)
    }
  }

  @Test func aStormIsHeldToItsLimit() throws {
    try withLink(nil, ports: 2, streams: []) {
      $0.ports[1].stormLimit = 1000
    } _: { link in
      var seen = 0
      for i in 0..<4000 {
        link.bench.inject(ethernet(to: i % 2 == 0 ? broadcast : multicast, from: station(1)), at: 1)
        link.bench.pass(after: 250_000)
        seen += link.bench.take(2).count
      }
      // A second, and a tenth that may come at once.
      #expect((1000...1101).contains(seen))
      #expect(link.bench.count(.dropStorm, at: 1) == 4000 - UInt64(seen))
    }
  }

  @Test func aStormLimitHoldsOnlyWhatGoesToMany() throws {
    try withLink(nil, ports: 1, streams: [Stream(port: 1, rate: 50e6)]) {
      $0.ports[1].stormLimit = 1
    } _: { link in
      link.run(milliseconds: 50)
      #expect(link.arrived == link.offered)
    }
  }
}
