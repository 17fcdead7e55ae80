import Units

/// What bandwidth management amounts to over time: a rate shared among claims, by arithmetic alone. Reserves are served
/// first, then what is left is shared by weight among those that want more, as far as they want it.
public struct ShareClaim: Sendable, Equatable {
  public var weight = 1.0
  /// Bits a second, as all rates here.
  public var reserve = 0.0
  public var maximum = Double.infinity
  /// What a leaf wants; of what has children, theirs counts.
  public var demand = 0.0
  public var children: [ShareClaim] = []
  /// The number of a leaf.
  public var leaf = -1

  public init() {}

  /// What it can use.
  public var wanted: Double {
    min(maximum, children.isEmpty ? demand : children.reduce(0) { $0 + $1.wanted })
  }

  /// What it is sure of: its own reserve, or its children's.
  public var ensured: Double {
    min(wanted, max(reserve, children.reduce(0) { $0 + $1.ensured }))
  }

  /// Writes what each leaf below gets of `rate` to its place.
  public func share(_ rate: Double, into leaves: inout [Double]) {
    if children.isEmpty {
      if leaf >= 0 { leaves[leaf] = min(rate, wanted) }
      return
    }
    for (child, part) in zip(children, Self.fill(min(rate, wanted), among: children)) {
      child.share(part, into: &leaves)
    }
  }

  /// What each claim gets of `rate`.
  public static func fill(_ rate: Double, among claims: [ShareClaim]) -> [Double] {
    let wanted = claims.map(\.wanted)
    var parts = claims.map(\.ensured)
    let ensured = parts.reduce(0, +)
    if wanted.reduce(0, +) <= rate { return wanted }
    if ensured >= rate { return parts.map { $0 * (ensured > 0 ? rate / ensured : 0) } }
    var left = rate - ensured
    var weights = claims.reduce(0) { $0 + $1.weight }
    // Whoever needs least for its weight is satisfied first.
    let order = claims.indices.sorted {
      (wanted[$0] - parts[$0]) / claims[$0].weight < (wanted[$1] - parts[$1]) / claims[$1].weight
    }
    for i in order {
      let part = min(wanted[i] - parts[i], left * claims[i].weight / weights)
      parts[i] += part
      left -= part
      weights -= claims[i].weight
    }
    return parts
  }

  /// Claims side by side: those without a minimum share one claim of their own that has `rest`, as in `ShareTree`.
  static func level(
    _ claims: [ShareClaim], _ minimums: [BandwidthPlan.Minimum], rest: BandwidthPlan.Minimum
  ) -> [ShareClaim] {
    let others = minimums.indices.filter { minimums[$0] == .none }
    if others.count == claims.count { return claims }
    let named = minimums.indices.filter { minimums[$0] != .none }
    var restClaim = ShareClaim()
    restClaim.children = others.map { claims[$0] }
    var result = named.map { claims[$0] }
    var all = named.map { minimums[$0] }
    if !others.isEmpty {
      result.append(restClaim)
      all.append(rest)
    }
    for (i, weight) in ShareTree.weights(of: all).enumerated() {
      result[i].weight = weight
      result[i].reserve = Double(all[i].reserve?.bitsPerSecond ?? 0)
    }
    return result
  }
}

extension BandwidthPlan {
  /// What each slot (`BandwidthState.slots`) gets of a link when it wants so much, in bits a second: the aim of all draws.
  /// Without groups of priorities.
  ///
  /// - Parameter rate: the link's; infinite when nothing limits it.
  public func allocation(of rate: Double, rest: Minimum, demands: [Double]) -> [Double] {
    var slot = 0
    func leaf(_ maximum: Double) -> ShareClaim {
      var claim = ShareClaim()
      claim.maximum = maximum
      claim.demand = demands[slot]
      claim.leaf = slot
      slot += 1
      return claim
    }
    let claims = ports.map { port in
      let leaves =
        port.classes.map { leaf($0.maximum.map { Double($0.bitsPerSecond) } ?? .infinity) } + [leaf(.infinity)]
      var claim = ShareClaim()
      claim.maximum = port.maximum.map { Double($0.bitsPerSecond) } ?? .infinity
      claim.children = ShareClaim.level(leaves, port.classes.map(\.minimum) + [.none], rest: .weight(1))
      return claim
    }
    var link = ShareClaim()
    link.children = ShareClaim.level(claims, ports.map(\.minimum), rest: rest)
    var amounts = [Double](repeating: 0, count: slot)
    link.share(rate, into: &amounts)
    return amounts
  }
}
