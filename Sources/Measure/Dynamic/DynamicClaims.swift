/// What was published of dynamic VMQ, each statement with the rule that judges it by the runs.
public enum DynamicClaims {
  /// Judges every statement.
  public static func evaluate(_ runs: [Run]) -> [Claim] { rules.map { $0.evaluate(runs) } }

  private static let tuning = "003_6d88b28fcd01d1e1.txt"
  private static let queues = "004_ad38e571e03829d3.txt"

  static var rules: [ClaimRule] {
    [
      ClaimRule(
        id: "tunes-itself", source: tuning,
        statement: "Dynamic VMQ takes care of the tuning and load balancing across cores by itself.",
        published: "no figure",
        criterion: "vmq, dynamic: in every repeat at least what the best single placement would carry (within 1 %)",
        note:
          "The best single placement is computed from the loads that were asked for; nobody could know them before.",
        judge: compare("vmq-dynamic", \.carriedOfBestStatic, "the best single placement") { $0 >= 0.99 }),
      ClaimRule(
        id: "redistributed-by-load", source: queues,
        statement: "VMQs can be redistributed across the queues depending on bandwidth and CPU load.",
        published: "no figure",
        criterion:
          "vmq, dynamic: from 3 s after each shift on at least 95 % of the best placement for that load (median)",
        judge: compare("vmq-dynamic", \.recoveredOfBest, "the best placement, from 3 s after a shift on") { $0 >= 0.95 }
      ),
      ClaimRule(
        id: "better-than-static", source: tuning,
        statement: "Without it, VMQ needs a fair bit of manual tuning.", published: "no figure",
        criterion: "vmq, dynamic carries more than vmq, static (medians)",
        judge: { runs in
          guard let moved = runs.named("vmq-dynamic")?.throughputBitsPerSecond.median,
            let stayed = runs.named("vmq-static")?.throughputBitsPerSecond.median
          else { return .notRun }
          return .init(
            measured: "\(Figure.ratio(moved / stayed)) of what queues that stay carry", ratio: moved / stayed,
            holds: moved > stayed)
        }),
      ClaimRule(
        id: "one-queue-one-core", source: queues,
        statement: "Every VM is limited to a single queue and therefore a single core.",
        published: "3.5 Gb/s a VM",
        criterion: "vmq: at every moment each queue is moved as a whole, never by entry",
        judge: { runs in
          guard let repeats = runs.named("vmq-dynamic")?.repeats else { return .notRun }
          let moves = repeats.flatMap(\.moves)
          let whole = moves.count { $0.entry == nil }
          return .init(
            measured: "\(whole) of \(moves.count) moves of whole queues", ratio: nil,
            holds: !moves.isEmpty && whole == moves.count)
        }),
      ClaimRule(
        id: "order-is-kept", source: tuning,
        statement: "Balancing goes unnoticed by what is inside the VM.", published: "no figure",
        criterion: "no TCP packet came to its host behind a later one of its flow in any dynamic run",
        judge: { runs in
          let dynamic = runs.filter { $0.scenario.name.hasSuffix("-dynamic") }
          guard !dynamic.isEmpty else { return .notRun }
          let reordered = dynamic.reduce(0) { $0 + $1.reorderings }
          let moves = dynamic.flatMap(\.repeats).reduce(0) { $0 + $1.moves.count }
          return .init(
            measured: "\(reordered) packets out of order, \(moves) moves", ratio: nil, holds: reordered == 0)
        }),
    ]
  }

  /// Every repeat of a case must hold.
  private static func compare(
    _ name: String, _ part: @escaping @Sendable (Repeat) -> Double?, _ what: String,
    _ holds: @escaping @Sendable (Double) -> Bool
  ) -> @Sendable ([Run]) -> ClaimRule.Finding {
    { runs in
      guard let repeats = runs.named(name)?.repeats, let least = repeats.compactMap(part).min() else { return .notRun }
      return .init(
        measured: "\(Figure.percent(least)) of \(what), in the repeat with the least", ratio: least, holds: holds(least)
      )
    }
  }
}

extension Repeat {
  /// What was carried of what the best placement for each phase would; nil without phases.
  public var carriedOfBest: Double? { part(\.carriedBitsPerSecond, of: \.bestBitsPerSecond) }
  public var carriedOfBestStatic: Double? { part(\.carriedBitsPerSecond, of: \.bestStaticBitsPerSecond) }

  /// The same from 3 s after each shift on, the median of the phases.
  public var recoveredOfBest: Double? {
    Summary(phases.map { $0.recoveredBitsPerSecond / $0.bestBitsPerSecond })?.median
  }

  private func part(_ value: (LoadPhase) -> Double, of whole: (LoadPhase) -> Double) -> Double? {
    guard !phases.isEmpty else { return nil }
    return phases.reduce(0) { $0 + value($1) * $1.seconds } / phases.reduce(0) { $0 + whole($1) * $1.seconds }
  }
}
