import Measure
import Testing

@Suite struct SpreadClaimsTests {
  private func verdicts(_ runs: [Run]) -> [String: Bool?] {
    Dictionary(uniqueKeysWithValues: SpreadClaims.evaluate(runs).map { ($0.id, $0.reproduced) })
  }

  /// The runs with one case replaced.
  private func runs(with other: Run) -> [Run] {
    Synthetic.reproducing.map { $0.scenario.name == other.scenario.name ? other : $0 }
  }

  @Test func runsAsTheAccountTellsReproduceItsClaims() {
    let verdicts = verdicts(Synthetic.reproducing)
    let expected = [
      "plain-adapter-fills-the-link", "one-migration-one-core", "one-stream-cannot-be-spread", "rss-spreads-the-load",
      "virtual-switch-limits-the-link", "rss-and-vmq-exclude-each-other", "the-core-is-maxed-out", "also-without-a-vmq",
      "speed-follows-the-core", "the-receiver-is-the-limit", "plain-target-gets-the-full-link",
      "different-hosts-fill-the-link",
    ]
    for id in expected { #expect(verdicts[id] == .some(true), "\(id)") }
  }

  @Test func vrssForTheHostIsWhereMillraceDiffers() {
    #expect(verdicts(Synthetic.reproducing)["vrss-is-not-for-host-vnics"] == .some(false))
  }

  @Test func withoutRunsNothingIsReproduced() {
    for claim in SpreadClaims.evaluate([]) { #expect(claim.reproduced == nil, "\(claim.id)") }
  }

  @Test func whatTheSwitchDoesNotDoIsNotMeasured() {
    #expect(verdicts(Synthetic.reproducing)["the-sender-spreads"] == .some(nil))
  }

  @Test func aSwitchThatFillsTheLinkInOneQueueDoesNotReproduce() {
    let fast = Synthetic.run("vmq-4-to-1", steering: "vmq", utilization: [0.9], workers: 4)
    let verdicts = verdicts(runs(with: fast))
    #expect(verdicts["virtual-switch-limits-the-link"] == .some(false))
    #expect(verdicts["rss-and-vmq-exclude-each-other"] == .some(false))
  }

  @Test func rssThatDoesNotFillTheLinkDoesNotReproduce() {
    let slow = Synthetic.run("rss-4-to-1", steering: "rss", utilization: [0.9], workers: 2)
    let verdicts = verdicts(runs(with: slow))
    #expect(verdicts["plain-adapter-fills-the-link"] == .some(false))
    #expect(verdicts["rss-spreads-the-load"] == .some(false))
  }

  @Test func aReorderedSegmentBreaksTheOrderClaim() {
    let reordered = Synthetic.run(
      "vmq-vrss-4-to-1", steering: "vmq+vrss", utilization: [0.98], workers: 4, reorderings: 1)
    #expect(verdicts(runs(with: reordered))["one-stream-cannot-be-spread"] == .some(false))
  }

  @Test func aCaseThatIsNotVerifiedIsNotJudged() throws {
    var failed = Synthetic.run("vmq-4-to-1", steering: "vmq", utilization: [0.4, 0.41, 0.42], workers: 1)
    failed.repeats[1].verified = false
    var other = Synthetic.run("rss-4-to-1", steering: "rss", utilization: [0.97], workers: 4)
    other.repeats[0].verified = false
    let mixed = runs(with: failed).map { $0.scenario.name == "rss-4-to-1" ? other : $0 }
    let claims = Dictionary(uniqueKeysWithValues: SpreadClaims.evaluate(mixed).map { ($0.id, $0) })
    // Each names the case that it rests on, and no other.
    for (id, name) in [
      ("virtual-switch-limits-the-link", "vmq-4-to-1"), ("vrss-is-not-for-host-vnics", "vmq-4-to-1"),
      ("plain-adapter-fills-the-link", "rss-4-to-1"),
    ] {
      let claim = try #require(claims[id])
      #expect(claim.reproduced == nil, "\(id)")
      #expect(claim.measured == "not judged: not verified: \(name)", "\(id)")
    }
    #expect(claims["also-without-a-vmq"]?.reproduced == true)
    #expect(claims["the-sender-spreads"]?.measured.hasPrefix("not measurable") == true)
  }

  @Test func theMedianDecidesNotTheBestRepeat() {
    let mixed = Synthetic.run("vmq-4-to-4", steering: "vmq", targets: 4, utilization: [0.99, 0.9, 0.91], workers: 4)
    #expect(verdicts(runs(with: mixed))["different-hosts-fill-the-link"] == .some(false))
  }
}
