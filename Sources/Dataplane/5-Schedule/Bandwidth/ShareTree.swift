import Units

/// One place in a tree of shares: a priority group, a port, a class. Trivial; its changing words lie in
/// `BandwidthView`, under the same number.
struct ShareNode {
  /// -1: below the link itself.
  var parent: Int32 = -1
  /// Those it shares with, itself among them.
  var firstSibling: Int32 = 0
  var siblings: Int32 = 0
  /// Virtual time, in ticks, that a byte takes: a byte's time at the rate that is shared, over the node's part of it. 0: there
  /// is nothing to share.
  var ticksPerByte: Double = 0
  /// Index of its reserve among the limits; -1: none.
  var reserve: Int32 = -1
  /// The node's level: siblings have the same.
  var level: Int32 = 0
}

/// Lays out the nodes of all trees, siblings side by side.
struct ShareTree {
  private(set) var nodes: [ShareNode] = []
  private(set) var levels = 0
  private var reserveNumbers: [LimitIdentity: Int32] = [:]
  private(set) var reserves: [(owner: LimitIdentity, rate: BitRate)] = []

  /// Adds a level: one node for each minimum. Those without one share a node of their own that has `rest`.
  ///
  /// - Parameters:
  ///   - owners: whose the minimums are, and last whose `rest` is. A reserve is one, however many nodes it has.
  ///   - rate: what is shared; nil: no limit.
  /// - Returns: the node of each, or `parent` where there is nobody to share with.
  mutating func addLevel(
    _ minimums: [BandwidthPlan.Minimum], of owners: [LimitIdentity] = [], below parent: Int32, sharing rate: BitRate?,
    rest: BandwidthPlan.Minimum
  ) -> [Int32] {
    let others = minimums.indices.filter { minimums[$0] == .none }
    if others.count == minimums.count {
      return add(minimums.map { _ in Claim(minimum: .weight(1)) }, below: parent, sharing: rate)
    }
    var own = minimums
    if others.count == 1 { own[others[0]] = rest }
    let named = own.indices.filter { own[$0] != .none }
    let sharesRest = others.count > 1
    let ofRest = sharesRest ? [Claim(minimum: rest, owner: owners.last)] : []
    let claims = named.map { Claim(minimum: own[$0], owner: owners.isEmpty ? nil : owners[$0]) }
    let nodes = add(claims + ofRest, below: parent, sharing: rate)
    var result = [Int32](repeating: parent, count: minimums.count)
    for (i, node) in zip(named, nodes) { result[i] = node }
    if sharesRest, let restNode = nodes.last {
      let below = add(others.map { _ in Claim(minimum: .weight(1)) }, below: restNode, sharing: rate)
      for (i, node) in zip(others, below) { result[i] = node }
    }
    return result
  }

  private struct Claim {
    var minimum: BandwidthPlan.Minimum
    var owner: LimitIdentity?
  }

  private mutating func add(_ claims: [Claim], below parent: Int32, sharing rate: BitRate?) -> [Int32] {
    let isAlone = claims.count == 1
    if isAlone, claims[0].minimum.reserve == nil { return [parent] }
    let weights = Self.weights(of: claims.map(\.minimum))
    let sum = weights.reduce(0, +)
    let first = Int32(nodes.count)
    for (claim, weight) in zip(claims, weights) {
      var node = ShareNode(parent: parent, firstSibling: first, siblings: Int32(claims.count))
      if let rate, !isAlone { node.ticksPerByte = RateLimit.ticksPerByte(rate) * sum / weight }
      node.level = Int32(levels)
      if let reserve = claim.minimum.reserve, let owner = claim.owner, rate != nil {
        node.reserve = number(of: owner, reserve)
      }
      nodes.append(node)
    }
    levels += 1
    return (0..<Int32(claims.count)).map { first + $0 }
  }

  private mutating func number(of owner: LimitIdentity, _ rate: BitRate) -> Int32 {
    if let known = reserveNumbers[owner] { return known }
    let number = Int32(reserves.count)
    reserves.append((owner, rate))
    reserveNumbers[owner] = number
    return number
  }

  /// Makes the reserves' numbers those of limits.
  mutating func shiftReserves(by first: Int32) {
    for i in nodes.indices where nodes[i].reserve >= 0 { nodes[i].reserve += first }
  }

  /// Siblings that all have reserves share what is left in proportion to them; beside weights, a reserve counts as 1.
  static func weights(of minimums: [BandwidthPlan.Minimum]) -> [Double] {
    let hasWeights = minimums.contains { $0.reserve == nil }
    return minimums.map { minimum in
      switch minimum {
      case .none: 1
      case .weight(let weight): Double(max(1, weight))
      case .reserve(let rate): hasWeights ? 1 : Double(max(1, rate.bitsPerSecond))
      }
    }
  }
}

extension BandwidthPlan.Minimum {
  var reserve: BitRate? { if case .reserve(let rate) = self { rate } else { nil } }
}
