import Units

/// A published statement beside what was measured here.
public struct Claim: Hashable, Sendable, Codable {
  public var id: String
  /// Where it was published: a document, or an address.
  public var source: String
  /// What it says, in one sentence.
  public var statement: String
  /// The published figure, as text with its unit.
  public var published: String
  @Nullable public var publishedRatio: Double?
  /// The figure measured here in the same form, or why there is none.
  public var measured: String
  @Nullable public var measuredRatio: Double?
  /// What had to hold to count as reproduced.
  public var criterion: String
  /// Nil when it was not measured.
  @Nullable public var reproduced: Bool?
  /// Anything a reader must know to weigh it.
  @Nullable public var note: String?

  public enum CodingKeys: String, CodingKey {
    case id, source, statement, published, publishedRatio, measured, measuredRatio, criterion, reproduced, note
  }
}

/// A statement and the rule that judges it, before anything was measured.
public struct ClaimRule: Sendable {
  /// What the runs say about it.
  public struct Finding: Sendable {
    public var measured: String
    public var ratio: Double?
    /// Nil when the runs cannot tell.
    public var holds: Bool?

    public init(measured: String, ratio: Double?, holds: Bool?) {
      self.measured = measured
      self.ratio = ratio
      self.holds = holds
    }

    /// The runs that would tell were not made.
    public static let notRun = Finding(measured: "not run", ratio: nil, holds: nil)

    /// The runs of these cases would tell, but not every migration of them was verified.
    public static func notVerified(_ cases: [String]) -> Finding {
      Finding(measured: "not judged: not verified: \(cases.joined(separator: ", "))", ratio: nil, holds: nil)
    }

    public static func notMeasurable(_ why: String) -> Finding {
      Finding(measured: "not measurable here: \(why)", ratio: nil, holds: nil)
    }
  }

  public var id: String
  public var source: String
  public var statement: String
  public var published: String
  public var publishedRatio: Double?
  public var criterion: String
  public var note: String?
  public var judge: @Sendable ([Run]) -> Finding

  public init(
    id: String, source: String, statement: String, published: String, publishedRatio: Double? = nil, criterion: String,
    note: String? = nil, judge: @escaping @Sendable ([Run]) -> Finding
  ) {
    self.id = id
    self.source = source
    self.statement = statement
    self.published = published
    self.publishedRatio = publishedRatio
    self.criterion = criterion
    self.note = note
    self.judge = judge
  }

  /// Judges the statement by the runs, and by nothing else. Without a verdict where a case that would decide it is not
  /// verified; the claim then names it.
  public func evaluate(_ runs: [Run]) -> Claim {
    let finding = finding(runs)
    return Claim(
      id: id, source: source, statement: statement, published: published, publishedRatio: publishedRatio,
      measured: finding.measured, measuredRatio: finding.ratio, criterion: criterion, reproduced: finding.holds,
      note: note)
  }

  private func finding(_ runs: [Run]) -> Finding {
    let finding = judge(runs)
    guard finding.holds == nil, judge(runs.map(\.asIfVerified)).holds != nil else { return finding }
    // Those that keep it from a verdict even if all others were verified.
    let missing = runs.filter { run in
      !run.verified
        && judge(runs.map { $0.scenario.name == run.scenario.name ? $0 : $0.asIfVerified }).holds == nil
    }
    return .notVerified(missing.map(\.scenario.name))
  }

  /// A judge of what part of `link`, as it is to be called, a case used.
  static func linkUse(
    _ name: String, of link: String, _ holds: @escaping @Sendable (Double) -> Bool
  ) -> @Sendable ([Run]) -> Finding {
    { runs in
      guard let used = runs.utilization(name) else { return .notRun }
      return Finding(measured: "\(Figure.percent(used)) of \(link)", ratio: used, holds: holds(used))
    }
  }
}

extension Run {
  fileprivate var asIfVerified: Run {
    var run = self
    for place in run.repeats.indices { run.repeats[place].verified = true }
    return run
  }
}
