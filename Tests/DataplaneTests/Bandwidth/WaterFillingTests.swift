import Dataplane
import Glibc
import Testing
import Units

/// The aim of all shares, and how near draws come to it.
@Suite struct WaterFillingTests {
  /// Finds the level of water by bisection: nothing of it is in the code that is tested.
  private func naive(_ rate: Double, _ claims: [ShareClaim]) -> [Double] {
    let ensured = claims.map { naiveEnsured($0) }
    let wanted = claims.map { naiveWanted($0) }
    func parts(_ level: Double) -> [Double] {
      claims.indices.map { min(wanted[$0], ensured[$0] + level * claims[$0].weight) }
    }
    if parts(0).reduce(0, +) >= rate {
      let sum = ensured.reduce(0, +)
      return ensured.map { sum > 0 ? $0 * rate / sum : 0 }
    }
    var (low, high) = (0.0, 1.0)
    while parts(high).reduce(0, +) < min(rate, wanted.reduce(0, +)) * (1 - 1e-12) && high < 1e15 { high *= 2 }
    for _ in 0..<200 {
      let middle = (low + high) / 2
      if parts(middle).reduce(0, +) < rate { low = middle } else { high = middle }
    }
    return parts(high)
  }

  private func naiveWanted(_ claim: ShareClaim) -> Double {
    if claim.children.isEmpty { return min(claim.maximum, claim.demand) }
    var sum = 0.0
    for child in claim.children { sum += naiveWanted(child) }
    return min(claim.maximum, sum)
  }

  private func naiveEnsured(_ claim: ShareClaim) -> Double {
    var sum = 0.0
    for child in claim.children { sum += naiveEnsured(child) }
    return min(naiveWanted(claim), max(sum, claim.reserve))
  }

  private func naiveShare(_ claim: ShareClaim, _ rate: Double, _ leaves: inout [Double]) {
    if claim.children.isEmpty {
      leaves[claim.leaf] = min(rate, naiveWanted(claim))
      return
    }
    for (child, part) in zip(claim.children, naive(min(rate, naiveWanted(claim)), claim.children)) {
      naiveShare(child, part, &leaves)
    }
  }

  private func randomClaim(depth: Int, leaves: inout Int, _ generator: inout SplitMix64) -> ShareClaim {
    var claim = ShareClaim()
    claim.weight = Double(Int.random(in: 1...100, using: &generator))
    if Int.random(in: 0..<4, using: &generator) == 0 { claim.reserve = Double.random(in: 0...20, using: &generator) }
    if Int.random(in: 0..<4, using: &generator) == 0 { claim.maximum = Double.random(in: 1...200, using: &generator) }
    if depth == 0 || Int.random(in: 0..<3, using: &generator) == 0 {
      claim.leaf = leaves
      leaves += 1
      claim.demand = [0, Double.random(in: 0...100, using: &generator), 1e6].randomElement(using: &generator)!
    } else {
      claim.children = (0..<Int.random(in: 1...6, using: &generator)).map { _ in
        randomClaim(depth: depth - 1, leaves: &leaves, &generator)
      }
    }
    return claim
  }

  @Test func tenThousandRandomTreesAreSharedAsByBisection() {
    var generator = SplitMix64(seed: 6)
    var worst = 0.0
    for _ in 0..<10_000 {
      var count = 0
      let tree = randomClaim(depth: 3, leaves: &count, &generator)
      let rate = Double.random(in: 1...500, using: &generator)
      var (fast, slow) = ([Double](repeating: 0, count: count), [Double](repeating: 0, count: count))
      tree.share(rate, into: &fast)
      naiveShare(tree, rate, &slow)
      for (a, b) in zip(fast, slow) { worst = max(worst, abs(a - b) / max(1, b)) }
    }
    #expect(worst < 0.01)
  }

  /// Workers that draw, on a clock of their own, against the arithmetic: random ports, classes, demands and workers. More
  /// with MILLRACE_BANDWIDTH_CASES.
  @Test(arguments: 0..<12) func drawsComeWithinAHundredthOfTheLink(part: Int) throws {
    var generator = SplitMix64(seed: UInt64(part + 1))
    for _ in 0..<caseCount { try compareOnce(&generator) }
  }

  private var caseCount: Int { (getenv("MILLRACE_BANDWIDTH_CASES").flatMap { Int(String(cString: $0)) } ?? 60) / 12 }

  private func compareOnce(_ generator: inout SplitMix64) throws {
    let rate = 200e6
    let count = Int.random(in: 1...5, using: &generator)
    let workers = Int.random(in: 1...3, using: &generator)
    let isAbsolute = Bool.random(using: &generator)
    var ports = (0...count).map { BandwidthPlan.Port(index: $0) }
    ports[0].isUplink = true
    ports[0].rate = BitRate(bitsPerSecond: UInt64(rate))
    ports[0].rest = isAbsolute ? .reserve(BitRate(bitsPerSecond: UInt64(rate / 10))) : .weight(5)
    var streams: [Stream] = []
    for port in 1...count {
      if Int.random(in: 0..<4, using: &generator) > 0 {
        ports[port].minimum =
          isAbsolute
          ? .reserve(
            BitRate(
              bitsPerSecond: UInt64.random(in: 5_000_000...UInt64(0.85 * rate) / UInt64(count), using: &generator)))
          : .weight(Int.random(in: 5...100, using: &generator))
      }
      if Int.random(in: 0..<4, using: &generator) == 0 {
        ports[port].maximum = BitRate(bitsPerSecond: .random(in: 20_000_000...150_000_000, using: &generator))
      }
      let classes = Int.random(in: 0...2, using: &generator)
      for i in 0..<classes {
        var each = BandwidthPlan.Class(name: "\(i)", match: .dscp(i + 1))
        each.minimum = .weight(Int.random(in: 5...100, using: &generator))
        if Int.random(in: 0..<4, using: &generator) == 0 {
          each.maximum = BitRate(bitsPerSecond: .random(in: 10_000_000...80_000_000, using: &generator))
        }
        ports[port].classes.append(each)
      }
      for i in 0...classes {
        let demand = [0, Double.random(in: 2e6...60e6, using: &generator), 200e6].randomElement(using: &generator)!
        streams.append(Stream(port: port, rate: demand, dscp: i == classes ? 0 : i + 1, flows: 2))
      }
    }
    var plan = BandwidthPlan(ports: ports)
    plan.latency = .milliseconds(4)
    // Slot 0 is the uplink's own.
    let expected = plan.allocation(of: rate, rest: ports[0].rest, demands: [0] + streams.map(\.rate))
    try withLink(UInt64(rate), ports: count, workers: workers, streams: streams) {
      $0 = plan
    } _: { link in
      link.run(milliseconds: 150)
      let seen = link.rates(milliseconds: 500)
      for (i, (a, b)) in zip(seen, expected.dropFirst()).enumerated() {
        #expect(
          abs(a - b) <= 0.01 * rate,
          "stream \(i): \(a / 1e6) for \(b / 1e6) Mbit/s; all \(seen.map { $0 / 1e6 }) for \(expected.map { $0 / 1e6 }); \(workers) workers; \(plan)"
        )
      }
    }
  }
}
