/// What was published of an uplink of their own for migrations, each statement with the rule that judges it.
package enum BesideClaims {
  /// Judges every statement.
  package static func evaluate(_ runs: [Run]) -> [Claim] { rules.map { $0.evaluate(runs) } }

  static var rules: [ClaimRule] {
    [
      .gain(
        "own-uplink", .queues,
        "As VMQ is per NIC, a separate physical NIC for live migration allows the full bandwidth, beside the VMs' NICs.",
        published: "10 against 4.5 Gb/s: RSS against one queue", ratio: 10 / 4.5, from: "shared-vmq-4", to: "own-rss-4",
        criterion: "own-rss-4 at least 2.2 times the throughput of shared-vmq-4",
        note: "The ratio is that of \(PublishedSource.virtualSwitch.rawValue): this is the way out of its limit."
      ) { $0 >= 2.2 },
      .gain(
        "own-uplink-one-queue", .virtualSwitch,
        "It is the one core that limits, with or without VMQ, and not the link.",
        published: "no more than one core's 4 to 4.5 Gb/s", ratio: 1, from: "shared-vmq-4", to: "own-vmq-4",
        criterion: "own-vmq-4 at most 1.15 times the throughput of shared-vmq-4"
      ) { $0 <= 1.15 },
      ClaimRule(
        id: "own-uplink-single", source: PublishedSource.virtualSwitch.rawValue,
        statement: "A single live migration maxes out a single core: RSS cannot distribute one stream.",
        published: "4 of 10 Gb/s", publishedRatio: 0.4, criterion: "own-rss-1: at most half of the uplink",
        note: "What one core carries of the link was chosen before the runs, as published; that RSS does not change it "
          + "is measured.",
        judge: ClaimRule.linkUse("own-rss-1", of: "the uplink") { $0 <= 0.5 }),
      ClaimRule(
        id: "own-uplink-vms", source: PublishedSource.queues.rawValue,
        statement: "VMs keep their NICs and VMQs, and get what they ask for, while migrations have a NIC of their own.",
        published: "no figure", criterion: "own-rss-4: VMs get at least 95 % of what they ask for",
        judge: ClaimRule.linkUse("own-rss-4-vms", of: "what they ask for") { $0 >= 0.95 }),
      .gain(
        "vrss-instead", .virtualSwitch,
        "vRSS does not help the management OS's virtual adapters, so that an uplink of their own is what is left.",
        published: "no gain", ratio: 1, from: "shared-vmq-4", to: "shared-vmq-vrss-4",
        criterion: "shared-vmq-vrss-4 at most 1.15 times shared-vmq-4; a no means that the limit is gone",
        note: "Here vRSS serves the host's vNIC as any other: the VMs' uplink does, less what the VMs have of it."
      ) {
        $0 <= 1.15
      },
    ]
  }
}

extension ClaimRule {
  /// A claim about how many times the throughput of one case another has.
  fileprivate static func gain(
    _ id: String, _ source: PublishedSource, _ statement: String, published: String, ratio: Double, from before: String,
    to after: String, criterion: String, note: String? = nil, _ holds: @escaping @Sendable (Double) -> Bool
  ) -> ClaimRule {
    ClaimRule(
      id: id, source: source.rawValue, statement: statement, published: published, publishedRatio: ratio,
      criterion: criterion,
      note: note
    ) { runs in
      guard let one = runs.utilization(before), let other = runs.utilization(after), one > 0 else { return .notRun }
      return .init(
        measured: "\(Figure.ratio(other / one)) of it: \(Figure.percent(one)) of an uplink, then "
          + Figure.percent(other), ratio: other / one, holds: holds(other / one))
    }
  }
}
