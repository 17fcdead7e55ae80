extension SpreadClaims {
  /// What the account says of which end decides.
  static var receiver: [ClaimRule] {
    [
      rule(
        "the-receiver-is-the-limit",
        "The limiting factor is the receiving host: there RSS cannot be used, and one core processes all that arrives.",
        published: "about 4 of 10 Gb/s", ratio: 0.4,
        criterion: "receiver vmq, sender rss, 4 migrations to 1 host: at most 43 % of the link",
        judge: linkUse("receiver-vmq-sender-rss-4-to-1") { $0 <= oneCore }),
      rule(
        "plain-target-gets-the-full-link",
        "With a virtual adapter at the source and a physical adapter at the destination you get the full 10 Gb/s.",
        published: "10 of 10 Gb/s", ratio: 1,
        criterion: "receiver rss, sender vmq, 4 migrations to 1 host: at least 95 % of the link",
        judge: linkUse("receiver-rss-sender-vmq-4-to-1") { $0 >= full }),
      rule(
        "the-sender-spreads",
        "The outbound traffic from the source host is distributed over various available cores.",
        published: "several cores", criterion: "cores that the source's switch works on",
        judge: { _ in .notMeasurable("one switch stands for all hosts and handles each frame once, as it arrives") }),
    ]
  }

  /// What the account offers against it.
  static var remedies: [ClaimRule] {
    [
      rule(
        "different-hosts-fill-the-link",
        "Through the virtual switch, only simultaneous migrations to different hosts use the full link: each target "
          + "has its own core.",
        published: "10 of 10 Gb/s", ratio: 1,
        criterion: "vmq, 4 migrations to 4 hosts: at least 95 % of the link",
        judge: linkUse("vmq-4-to-4") { $0 >= full }),
      rule(
        "vrss-is-not-for-host-vnics",
        "Windows Server 2012 R2 does not help: its vRSS is for virtual adapters of VMs, not of the host. “Maybe in "
          + "the next version!”",
        published: "no gain: 1×", ratio: 1,
        criterion: "vmq+vrss at most 1.1 times vmq, 4 migrations to 1 host; a no means that the limit is gone",
        judge: { runs in
          guard let spread = runs.utilization("vmq-vrss-4-to-1"), let held = runs.utilization("vmq-4-to-1") else {
            return .notRun
          }
          return .init(
            measured: "vmq+vrss \(Figure.ratio(spread / held)) vmq: \(Figure.percent(spread)) of the link",
            ratio: spread / held, holds: spread / held <= 1.1)
        }),
    ]
  }
}
