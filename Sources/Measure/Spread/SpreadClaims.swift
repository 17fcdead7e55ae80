/// What the published account says, each statement with the rule that judges it by the runs of the spread experiment.
public enum SpreadClaims {
  static let source = "000_49e3873d9b725942.txt"

  /// Judges every statement.
  public static func evaluate(_ runs: [Run]) -> [Claim] { rules.map { $0.evaluate(runs) } }

  static var rules: [ClaimRule] { plainAdapter + throughTheSwitch + receiver + remedies }

  /// The account: 4 to 4.5 of 10 Gb/s.
  static let published = 0.45
  /// What counts as one core's part of the link, and as all of the link.
  static let oneCore = 0.43
  static let full = 0.95

  /// A finding about one case's link utilisation.
  static func linkUse(
    _ name: String, _ holds: @escaping @Sendable (Double) -> Bool
  ) -> @Sendable ([Run]) -> ClaimRule.Finding {
    ClaimRule.linkUse(name, of: "the link", holds)
  }

  static func rule(
    _ id: String, _ statement: String, published: String, ratio: Double? = nil, criterion: String, note: String? = nil,
    judge: @escaping @Sendable ([Run]) -> ClaimRule.Finding
  ) -> ClaimRule {
    ClaimRule(
      id: id, source: source, statement: statement, published: published, publishedRatio: ratio, criterion: criterion,
      note: note, judge: judge)
  }
}
