/// What was published of teams, each statement with the rule that judges it by the runs of the team experiment.
public enum TeamClaims {
  /// Judges every statement.
  public static func evaluate(_ runs: [Run]) -> [Claim] { rules.map { $0.evaluate(runs) } }

  /// Of both links: what counts as all, and as one of them.
  static let both = 0.95
  static let one = 0.53

  private static let migration = PublishedSource.transports.rawValue
  private static let queues = PublishedSource.queues.rawValue

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
      .speedup(
        "team-compression", .transports,
        "Over a team with Dynamic load balancing, compression slashes the times of 6 migrations in half.",
        published: "12-14 s for 6 VMs of 9 GB", ratio: 2, from: "dynamic-6-half-tcp", to: "dynamic-6-half-compression",
        atLeast: 1 / 0.6,
        note: "How far memory compresses decides: of what is not zeros, 56 % compresses to a quarter here, so that no "
          + "compressor passes 1.7. Six small VMs also try each level first and compress in idle cycles only, of which two "
          + "switches on the same CPUs leave few: a good part goes uncompressed."),
      .speedup(
        "team-compression-members", .transports,
        "With Dynamic load balancing compression, too, uses all members of a switch independent team.",
        published: "both members", ratio: 2, from: "hyperv-port-6-half-compression", to: "dynamic-6-half-compression",
        atLeast: 1.8,
        note: "Where the CPUs that compress are the limit, and not the links, a second member is worth less than 2."),
      ClaimRule(
        id: "team-link-fails", source: migration,
        statement: "Of several NICs for live migration the others are used when the first one is not available.",
        published: "no figure", criterion: "a link fails in mid-migration, in each mode: every migration verified"
      ) { runs in
        let failing = runs.filter { $0.scenario.name.hasSuffix("-link-fails") }
        guard !failing.isEmpty else { return .notRun }
        return .init(
          measured: "verified in \(failing.count { $0.verified }) of \(failing.count) modes", ratio: nil,
          holds: failing.allSatisfy(\.verified))
      },
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
