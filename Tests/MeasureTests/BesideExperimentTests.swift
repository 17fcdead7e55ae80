import Measure
import Testing

@Suite struct BesideExperimentTests {
  @Test func casesHaveNamesOfTheirOwn() {
    let names = BesideCase.full.flatMap { [$0.name, $0.trafficName] }
    #expect(Set(names).count == names.count)
    #expect(Set(BesideCase.quick).isSubset(of: BesideCase.full))
    #expect(Set(["shared-vmq-4", "own-rss-4", "own-vmq-4", "own-rss-1", "shared-vmq-vrss-4"]).isSubset(of: names))
  }

  private func verdicts(_ used: [String: Double]) -> [String: Bool?] {
    let runs = used.map { Synthetic.run($0.key, steering: "vmq", utilization: [$0.value], workers: 1) }
    return Dictionary(uniqueKeysWithValues: BesideClaims.evaluate(runs).map { ($0.id, $0.reproduced) })
  }

  @Test func claimsAreJudgedByTheRuns() {
    #expect(verdicts([:]).values.allSatisfy { $0 == nil })
    let seen = verdicts([
      "shared-vmq-4": 0.4, "own-rss-4": 0.95, "own-vmq-4": 0.41, "own-rss-1": 0.39, "shared-vmq-vrss-4": 0.8,
      "own-rss-4-vms": 0.99,
    ])
    for id in ["own-uplink", "own-uplink-one-queue", "own-uplink-single", "own-uplink-vms"] {
      #expect(seen[id] == .some(true), "\(id)")
    }
    #expect(seen["vrss-instead"] == .some(false))
    #expect(verdicts(["shared-vmq-4": 0.5, "own-rss-4": 0.9])["own-uplink"] == .some(false))
  }
}
