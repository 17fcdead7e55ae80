/// What was published of teams, each statement with the rule that judges it by the runs of the team experiment.
public enum TeamClaims {
  /// Judges every statement.
  public static func evaluate(_ runs: [Run]) -> [Claim] { rules.map { $0.evaluate(runs) } }

  /// Of both links: what counts as all, and as one of them.
  static let both = 0.95
  static let one = 0.53

  private static let migration = "002_99a96c6d0b278df4.txt"
  private static let queues = "004_ad38e571e03829d3.txt"

  static var rules: [ClaimRule] {
    [
      ClaimRule(
        id: "dynamic-uses-all-members", source: migration,
        statement: "With Dynamic load balancing live migration uses all members of a team, also switch independent.",
        published: "both members, 6 VMs", publishedRatio: 1,
        criterion: "dynamic, 6 migrations between two hosts: at least 95 % of both links",
        judge: linkUse("dynamic-6") { $0 >= both }),
      ClaimRule(
        id: "until-now-one-member", source: migration,
        statement:
          "Until then there was no possibility to use the complete bandwidth of a switch independent team when "
          + "migrating between only two nodes.",
        published: "one member of two", publishedRatio: 0.5,
        criterion: "hyperv-port, 6 migrations between two hosts: at most 53 % of both links",
        judge: linkUse("hyperv-port-6") { $0 <= one }),
      ClaimRule(
        id: "both-ends-of-four", source: migration,
        statement: "Dynamic load balancing makes the bandwidth of the team available to simultaneous migrations.",
        published: "both members", publishedRatio: 1,
        criterion: "dynamic, 4 migrations between two hosts: at least 95 % of both links",
        note: "Each link has a physical switch of its own. On one physical switch all that is for one address comes in "
          + "by one member, whatever the sender does: see the case dynamic-4-one-switch.",
        judge: linkUse("dynamic-4") { $0 >= both }),
      ClaimRule(
        id: "processor-sets", source: queues,
        statement: "The processor sets must not overlap when a team is configured with sum-queue mode.",
        published: "refused",
        criterion: "a refusal of the configuration",
        judge: { _ in .notMeasurable("it is a rule of the configuration, and no traffic tells of it") }),
    ]
  }

  private static func linkUse(
    _ name: String, _ holds: @escaping @Sendable (Double) -> Bool
  ) -> @Sendable ([Run]) -> ClaimRule.Finding {
    ClaimRule.linkUse(name, of: "both links", holds)
  }
}
