import Dataplane
import Testing
import Units

/// What a port has of a contended link, and how soon it has it.
@Suite struct MinimumTests {
  private let weights = [50, 30, 15, 5]

  private func expect(_ rates: [Double], _ shares: [Double], of link: Double, within points: Double = 0.02) {
    for (rate, share) in zip(rates, shares) { #expect(abs(rate / link - share) <= points, "\(rates) of \(link)") }
    #expect(rates.reduce(0, +) >= 0.98 * link)
    #expect(rates.reduce(0, +) <= 1.01 * link)
  }

  private func setWeights(_ plan: inout BandwidthPlan) {
    for (i, weight) in weights.enumerated() { plan.ports[i + 1].minimum = .weight(weight) }
  }

  @Test(arguments: [1, 2, 4], [1, 40]) func portsShareALinkByWeight(workers: Int, segments: Int) throws {
    let streams = (1...4).map { Stream(port: $0, rate: 1e9, flows: 3, segments: segments) }
    try withLink(1_000_000_000, ports: 4, workers: workers, streams: streams, setWeights) { link in
      link.run(milliseconds: 100)
      expect(link.rates(milliseconds: 400), [0.50, 0.30, 0.15, 0.05], of: 1e9)
    }
  }

  @Test(arguments: [1, 2]) func whatAPortLeavesGoesToTheOthersAndComesBack(workers: Int) throws {
    let streams = (1...4).map { Stream(port: $0, rate: 1e9) }
    try withLink(1_000_000_000, ports: 4, workers: workers, streams: streams, setWeights) { link in
      link.run(milliseconds: 100)
      link.streams[0].isOn = false
      link.run(milliseconds: 100)
      expect(link.rates(milliseconds: 200), [0, 0.6, 0.3, 0.1], of: 1e9)
      link.streams[0].isOn = true
      link.run(milliseconds: 10)
      expect(link.rates(milliseconds: 100), [0.50, 0.30, 0.15, 0.05], of: 1e9)
    }
  }

  @Test func aPortThatWantsLessThanItsShareHasAllItWants() throws {
    let streams = [Stream(port: 1, rate: 100e6), Stream(port: 2, rate: 1e9), Stream(port: 3, rate: 1e9)]
    try withLink(1_000_000_000, ports: 4, workers: 2, streams: streams, setWeights) { link in
      link.run(milliseconds: 100)
      expect(link.rates(milliseconds: 300), [0.10, 0.60, 0.30], of: 1e9)
    }
  }

  @Test func portsWithoutAWeightShareTheDefaultFlow() throws {
    let streams = (1...3).map { Stream(port: $0, rate: 1e9) }
    try withLink(1_000_000_000, ports: 3, workers: 2, streams: streams) {
      $0.ports[1].minimum = .weight(8)
      $0.ports[0].rest = .weight(2)
    } _: { link in
      link.run(milliseconds: 100)
      expect(link.rates(milliseconds: 300), [0.80, 0.10, 0.10], of: 1e9)
    }
  }

  @Test(arguments: [1, 2]) func aReserveHoldsAgainstTwentyFloods(workers: Int) throws {
    let streams = [Stream(port: 1, rate: 300e6, flows: 4)] + (2...21).map { Stream(port: $0, rate: 100e6) }
    try withLink(1_000_000_000, ports: 21, workers: workers, streams: streams) { plan in
      plan.ports[1].minimum = .reserve(BitRate(bitsPerSecond: 300_000_000))
      plan.ports[0].rest = .reserve(BitRate(bitsPerSecond: 100_000_000))
    } _: { link in
      link.run(milliseconds: 50)
      let rates = link.rates(milliseconds: 300)
      #expect(rates[0] >= 0.99 * 300e6)
      #expect(rates.reduce(0, +) >= 0.98e9)
    }
  }

  @Test func spareInAbsoluteModeGoesByReserve() throws {
    try withLink(100_000_000, ports: 2, streams: (1...2).map { Stream(port: $0, rate: 100e6) }) { plan in
      plan.ports[1].minimum = .reserve(BitRate(bitsPerSecond: 30_000_000))
      plan.ports[2].minimum = .reserve(BitRate(bitsPerSecond: 10_000_000))
      plan.ports[0].rest = .reserve(BitRate(bitsPerSecond: 10_000_000))
    } _: { link in
      link.run(milliseconds: 100)
      expect(link.rates(milliseconds: 1000), [0.75, 0.25], of: 100e6)
    }
  }

  @Test func classesShareWhatTheirPortHas() throws {
    let streams = [
      Stream(port: 1, rate: 1e9, dscp: 10), Stream(port: 1, rate: 1e9, dscp: 20), Stream(port: 1, rate: 40e6, dscp: 46),
      Stream(port: 2, rate: 1e9),
    ]
    try withLink(1_000_000_000, ports: 2, workers: 2, streams: streams) { plan in
      var classes = [10, 20, 46].map { BandwidthPlan.Class(name: "\($0)", match: .dscp($0)) }
      classes[0].minimum = .weight(60)
      classes[1].minimum = .weight(20)
      classes[2].minimum = .reserve(BitRate(bitsPerSecond: 50_000_000))
      plan.ports[1].classes = classes
      plan.ports[1].minimum = .weight(50)
      plan.ports[2].minimum = .weight(50)
    } _: { link in
      link.run(milliseconds: 100)
      let rates = link.rates(milliseconds: 400)
      #expect(rates[2] >= 0.99 * 40e6)
      #expect(abs(rates[0] / rates[1] - 3) <= 0.15)
      #expect(rates.reduce(0, +) >= 0.98e9)
    }
  }

  @Test func classesShareTheirPortsMaximum() throws {
    let streams = [Stream(port: 1, rate: 100e6, dscp: 10), Stream(port: 1, rate: 100e6, dscp: 20)]
    try withLink(nil, ports: 1, workers: 2, streams: streams) { plan in
      var classes = [10, 20].map { BandwidthPlan.Class(name: "\($0)", match: .dscp($0)) }
      classes[0].minimum = .weight(3)
      classes[1].minimum = .weight(1)
      plan.ports[1].classes = classes
      plan.ports[1].maximum = BitRate(bitsPerSecond: 50_000_000)
    } _: { link in
      link.run(milliseconds: 100)
      expect(link.rates(milliseconds: 1000), [0.75, 0.25], of: 50e6)
    }
  }

  @Test func prioritiesShareALinkAndAStrictOneComesFirst() throws {
    let streams = [10, 20, 46].map { Stream(port: 1, rate: $0 == 46 ? 200e6 : 1e9, dscp: $0) }
    try withLink(1_000_000_000, ports: 1, workers: 2, streams: streams) { plan in
      var classes = [10, 20, 46].map { BandwidthPlan.Class(name: "\($0)", match: .dscp($0)) }
      for (i, priority) in [1, 3, 7].enumerated() { classes[i].setPriority = UInt8(priority) }
      plan.ports[1].classes = classes
      plan.ports[0].groups = [
        .init(priorities: 0b111, share: Share(fraction: 0.4)), .init(priorities: 0b1000, share: Share(fraction: 0.6)),
        .init(priorities: 0b1000_0000, share: nil),
      ]
    } _: { link in
      link.run(milliseconds: 100)
      expect(link.rates(milliseconds: 400), [0.32, 0.48, 0.2], of: 1e9)
    }
  }
}
