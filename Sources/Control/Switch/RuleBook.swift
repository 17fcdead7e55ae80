import Dataplane
import Units

/// The numbers of counters (`RuleCells`) that rules have, each once.
struct CellNumbers {
  private var free: [UInt32] = []
  private var next: UInt32 = 1

  /// Cells in use.
  var count: Int { Int(next) - 1 - free.count }

  /// A number nobody has. The limit on rules is below the number of cells.
  mutating func take() -> UInt32 {
    if let cell = free.popLast() { return cell }
    defer { next += 1 }
    precondition(Int(next) < RuleCells.limit, "more rules than counters")
    return next
  }

  mutating func give(_ cell: UInt32) { free.append(cell) }
}

/// A port's rules in use: each with the cell it counts in.
struct PortRuleBook {
  /// nil: the port has none.
  var rules: PortRules?
  var cells: [ACLRule: UInt32] = [:]
  /// Where what no meter matches is counted, in directions that have a meter.
  var restCells: [ACLRule.Direction: UInt32] = [:]

  /// The book for another list of rules. Rules that stay keep their cells.
  func changed(to acl: [ACLRule], port: UInt16, memory: RuleMemory, numbers: inout CellNumbers) -> PortRuleBook {
    var book = PortRuleBook()
    for rule in acl { book.cells[rule] = cells[rule] ?? numbers.take() }
    for direction in ACLRule.Direction.allCases
    where acl.contains(where: { $0.action == .meter && $0.direction == direction }) {
      book.restCells[direction] = restCells[direction] ?? numbers.take()
    }
    if acl.isEmpty { return book }
    book.rules = PortRules(
      in: book.direction(.in, acl), out: book.direction(.out, acl), port: port, memory: memory)
    return book
  }

  /// One direction, in the data path's words.
  private func direction(_ direction: ACLRule.Direction, _ acl: [ACLRule]) -> PortRules.Direction {
    var rules = PortRules.Direction(restCell: restCells[direction] ?? 0)
    for rule in acl where rule.direction == direction {
      let cell = cells[rule]!
      switch rule.match {
      case .address(let end, let address):
        rules.basic.append(BasicRule(RuleAction(rule.action), end, address, cell: cell))
      case .extended(let match):
        rules.extended.append(
          ExtendedRule(
            weight: match.weight, RuleAction(rule.action), remote: match.remote, local: match.local,
            ipProtocol: match.ipProtocol, remotePorts: match.remotePorts, localPorts: match.localPorts,
            isStateful: match.idleTimeout != nil,
            idleSeconds: UInt32((match.idleTimeout?.count ?? 0) / 1_000_000_000), cell: cell))
      }
    }
    return rules
  }
}

extension RuleAction {
  init(_ action: ACLRule.Action) {
    switch action {
    case .allow: self = .allow
    case .deny: self = .deny
    case .meter: self = .meter
    }
  }
}
