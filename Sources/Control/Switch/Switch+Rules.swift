import CLinux
import Dataplane
import Logging
import Units
import Wire

/// A rule, or a port's rest, that counts no more.
struct RetiredCell {
  var rule: ACLRule?
  var meter: MeterKey?
  var cell: UInt32
}

/// Rules: given to ports, changed while frames flow, shown, asked.
extension Switch {
  /// Until no worker uses a port's old rules any more, its new ones have counters beside theirs.
  func checkRuleCells(_ runtime: PortRuntime, _ acl: [ACLRule]) throws(ControlError) {
    let wanted = Set(acl).subtracting(runtime.book.cells.keys).count + ACLRule.Direction.allCases.count
    guard cellNumbers.count + wanted >= RuleCells.limit else { return }
    throw .unavailable("\(runtime.name): acl: too many rules are replaced at once; remove the old ones first")
  }

  /// Gives a port the rules of its configuration; workers judge by them from the next `publish` on. What is returned
  /// must be retired after it.
  func takeRules(_ runtime: PortRuntime) -> [RetiredCell] {
    let old = runtime.book
    runtime.book = old.changed(
      to: runtime.config.acl, port: runtime.id.index, memory: ruleMemory, numbers: &cellNumbers)
    for (rule, cell) in runtime.book.cells where old.cells[rule] == nil {
      if let key = MeterKey(rule, port: runtime.name) { ledger.begin(key, cell: cell) }
    }
    for (direction, cell) in runtime.book.restCells where old.restCells[direction] == nil {
      ledger.begin(.rest(runtime.name, direction), cell: cell)
    }
    return old.cells.filter { runtime.book.cells[$0.key] == nil }
      .map { RetiredCell(rule: $0.key, meter: MeterKey($0.key, port: runtime.name), cell: $0.value) }
      + old.restCells.filter { runtime.book.restCells[$0.key] == nil }
      .map { RetiredCell(meter: .rest(runtime.name, $0.key), cell: $0.value) }
  }

  /// Takes all rules from a port that goes; what is returned must be retired once no worker knows the port.
  func takeAllRules(from runtime: PortRuntime) -> [RetiredCell] {
    runtime.config.acl = []
    return takeRules(runtime)
  }

  /// No worker uses these cells any more: what meters counted is kept, flows go, the numbers are free.
  func retire(_ cells: [RetiredCell]) {
    let stateful = cells.filter { $0.rule?.isStateful == true }.map(\.cell)
    if !stateful.isEmpty { ruleMemory.flows.remove(cells: Set(stateful)) }
    for one in cells {
      if let key = one.meter { ledger.end(key) }
      ruleMemory.cells.clear(one.cell)
      cellNumbers.give(one.cell)
    }
  }

  public func addRules(port name: String, yaml: String) async throws {
    try await exclusively {
      _ = try port(named: name)
      let rules = try await checked(HostFacts.ofMemory) { (config) throws(ConfigErrors) in
        let rules = try config.newRules(port: name, yaml: yaml)
        config.add(rules, to: name)
        return rules
      }
      try changeRules(port: name) { $0 + rules }
      log.notice("\(name): \(rules.count == 1 ? "rule '\(rules[0])'" : "\(rules.count) rules") added")
    }
  }

  public func removeRules(port name: String, yaml: String) async throws {
    try await exclusively {
      _ = try port(named: name)
      let rules: [ACLRule]
      do throws(ConfigErrors) { rules = try config.namedRules(port: name, yaml: yaml) } catch {
        throw error.controlError
      }
      let removed = Set(rules)
      try changeRules(port: name) { $0.filter { !removed.contains($0) } }
      log.notice("\(name): \(rules.count == 1 ? "rule '\(rules[0])'" : "\(rules.count) rules") removed")
    }
  }

  private func changeRules(port name: String, _ change: ([ACLRule]) -> [ACLRule]) throws {
    let runtime = try port(named: name)
    runtime.config.acl = change(runtime.config.acl)
    config.replace(runtime.config)
    let retired = takeRules(runtime)
    publish()
    retire(retired)
  }

  public func acl(port name: String?) throws -> [RuleStatus] {
    let chosen = try name.map { [try port(named: $0)] } ?? runtimes
    return chosen.flatMap { port in
      port.config.acl.map { rule in
        var status = RuleStatus(port: port.name, rule: rule)
        if let cell = port.book.cells[rule] {
          let count = ruleMemory.cells[cell]
          (status.frames, status.bytes) = (count.frames, count.bytes)
        }
        return status
      }
    }
  }

  public func testRules(port name: String, _ question: RuleQuestion) throws -> RuleTestAnswer {
    let port = try port(named: name)
    return try RuleTest(question, port.book).answer
  }
}
