import Dataplane
import Testing
import Units

/// A maximum is what arrives: not less, not more, at any frame size, over any number of workers.
@Suite struct MaximumTests {
  struct Case: Sendable, CustomTestStringConvertible {
    var rate: UInt64
    var workers: Int
    var size: Int
    var segments = 1
    var flows = 1
    var testDescription: String {
      "\(rate / 1_000_000) Mbit/s, \(workers) workers, \(size) B x \(segments), \(flows) flows"
    }
  }

  static let cases =
    [10_000_000, 100_000_000, 1_000_000_000].flatMap { rate in
      [1, 3].flatMap { workers in
        [
          Case(rate: rate, workers: workers, size: 1514, flows: 8), Case(rate: rate, workers: workers, size: 9014),
          Case(rate: rate, workers: workers, size: 1514, segments: 40),
        ]
      }
    } + [Case(rate: 100_000_000, workers: 1, size: 64), Case(rate: 10_000_000_000, workers: 2, size: 9014, flows: 8)]

  @Test(arguments: cases) func whatArrivesIsTheMaximumToAHundredth(_ c: Case) throws {
    let stream = Stream(
      port: 1, rate: 1.5 * Double(c.rate), flows: c.flows, size: c.size, segments: c.segments)
    try withLink(nil, ports: 1, workers: c.workers, streams: [stream]) {
      $0.ports[1].maximum = BitRate(bitsPerSecond: c.rate)
    } _: { link in
      link.run(milliseconds: 120)
      let windows = (0..<(c.rate > 1_000_000_000 ? 3 : 10)).map { _ in link.rates(milliseconds: 100)[0] }
      let mean = windows.reduce(0, +) / Double(windows.count)
      #expect(abs(mean / Double(c.rate) - 1) <= 0.01)
      // In 100 ms: a twentieth, or one frame.
      let allowed = max(0.05, Double(c.size * 80) / Double(c.rate))
      for window in windows { #expect(abs(window / Double(c.rate) - 1) <= allowed) }
    }
  }

  @Test func nothingWaitsBelowTheMaximum() throws {
    try withLink(nil, ports: 1, streams: [Stream(port: 1, rate: 90_000_000, flows: 4)]) {
      $0.ports[1].maximum = BitRate(bitsPerSecond: 100_000_000)
    } _: { link in
      link.run(milliseconds: 200)
      #expect(link.arrived == link.offered)
      let figures = try #require(link.bench.bandwidth).figures()
      #expect(figures.allSatisfy { $0.delays.allSatisfy { $0 == 0 } })
    }
  }

  @Test func afterAPauseNoMoreThanTheBurstComesAtOnce() throws {
    try withLink(nil, ports: 1, streams: [Stream(port: 1, rate: 1e9)]) {
      $0.ports[1].maximum = BitRate(bitsPerSecond: 10_000_000)
      $0.ports[1].burst = Bytes(30_000)
    } _: { link in
      link.run(milliseconds: 5)
      // 5 ms of the rate, the burst, and the frame that ends it.
      #expect(link.received[0] <= 5e-3 * 10e6 / 8 + 30_000 + 1514)
      #expect(link.received[0] >= 30_000)
    }
  }

  @Test func aChangeOfThePlanGivesNoFurtherBurst() throws {
    try withLink(nil, ports: 2, streams: [Stream(port: 1, rate: 1e9)]) {
      $0.ports[1].maximum = BitRate(bitsPerSecond: 10_000_000)
    } _: { link in
      link.run(milliseconds: 100)
      let before = link.received[0]
      for i in 1...50 {
        var plan = try #require(link.bench.bandwidth).plan
        plan.ports[2].maximum = BitRate(bitsPerSecond: UInt64(i) * 1_000_000)
        link.bench.manage(plan)
        link.run(milliseconds: 2)
      }
      #expect(link.received[0] - before <= 1.05 * 100e-3 * 10e6 / 8 + 1514)
    }
  }

  @Test func aMaximumInwardsHoldsWhatThePortIsSent() throws {
    try withLink(50_000_000, ports: 2, streams: [1, 2].map { Stream(port: $0, rate: 100e6) }) { link in
      link.run(milliseconds: 50)
      let rates = link.rates(milliseconds: 500)
      #expect(abs(rates.reduce(0, +) / 50e6 - 1) <= 0.01)
      #expect(abs(rates[0] - rates[1]) <= 1e6)
    }
  }

  @Test func aClassHasAMaximumOfItsOwn() throws {
    try withLink(nil, ports: 1, streams: [Stream(port: 1, rate: 100e6, dscp: 10), Stream(port: 1, rate: 30e6)]) {
      var bulk = BandwidthPlan.Class(name: "bulk", match: .dscp(10))
      bulk.maximum = BitRate(bitsPerSecond: 20_000_000)
      $0.ports[1].classes = [bulk]
    } _: { link in
      link.run(milliseconds: 50)
      let rates = link.rates(milliseconds: 500)
      #expect(abs(rates[0] / 20e6 - 1) <= 0.01)
      #expect(abs(rates[1] / 30e6 - 1) <= 0.01)
    }
  }

  @Test func liveMigrationsShareOneLimitOverTheSwitch() throws {
    try withLink(nil, ports: 3, workers: 2, streams: (1...3).map { Stream(port: $0, rate: 50e6, dscp: 10) }) { plan in
      plan.liveMigrationLimit = BitRate(bitsPerSecond: 30_000_000)
      var match = ClassMatch.dscp(10)
      match.isLiveMigration = true
      for port in 1...2 { plan.ports[port].classes = [.init(name: "lm", match: match)] }
    } _: { link in
      link.run(milliseconds: 50)
      let rates = link.rates(milliseconds: 500)
      #expect(abs((rates[0] + rates[1]) / 30e6 - 1) <= 0.01)
      #expect(abs(rates[2] / 50e6 - 1) <= 0.01)
    }
  }
}

extension ClassMatch {
  static func dscp(_ value: Int) -> ClassMatch {
    var match = ClassMatch()
    match.dscp = 1 << UInt64(value)
    return match
  }
}
