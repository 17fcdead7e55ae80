import Yams

/// Rules that come with a request: one mapping as in a port's `acl`, or a list of them.
extension SwitchConfig {
  /// Reads new rules of a port and validates them beside those it has. `self` stays as it is.
  public func newRules(port name: String, yaml: String) throws(ConfigErrors) -> [ACLRule] {
    let rules: [ACLRule] = try rules(yaml) { $0.rules() }
    var config = self
    config.add(rules, to: name)
    guard let changed = config.port(named: name) else { return rules }
    let errors = changed.ruleFaults() + config.ruleCountFaults(of: changed)
    if !errors.isEmpty { throw ConfigErrors(errors) }
    return rules
  }

  /// Adds rules of a request to a port; what is wrong with them is told of the request, at its lines.
  mutating func add(_ rules: [ACLRule], to name: String) {
    guard var changed = port(named: name) else { return }
    changed.acl += rules
    changed.place = ConfigPlace(file: Self.argument, line: rules.first?.line ?? 1)
    replace(changed)
  }

  /// The rules of a port that a request names, as they were written or, with a weight, by weight and direction. Throws
  /// when the port has not got one of them.
  public func namedRules(port name: String, yaml: String) throws(ConfigErrors) -> [ACLRule] {
    let removals: [(RuleRemoval, Int)] = try rules(yaml) { reader in
      reader.removals().map { ($0, reader.mapping.place.line) }
    }
    guard let port = port(named: name) else { return [] }
    // Of 100,000 rules all may be named.
    let present = Dictionary(port.acl.flatMap { rule in rule.removals.map { ($0, rule) } }) { first, _ in first }
    var named: [ACLRule] = []
    var errors: [ConfigError] = []
    for (removal, line) in removals {
      if let rule = present[removal] {
        named.append(rule)
      } else {
        errors.append(
          ConfigError(
            file: Self.argument, line: line, fault: "\(port.role.rawValue) \(name): acl: there is no rule '\(removal)'",
            fix: "see millrace acl list \(name)"))
      }
    }
    if !errors.isEmpty { throw ConfigErrors(errors) }
    return named
  }

  private func rules<R>(_ yaml: String, _ read: (RuleReader) -> [R]) throws(ConfigErrors) -> [R] {
    let faults = ConfigFaults(file: Self.argument)
    let root = try ConfigDocument.root(of: yaml, file: Self.argument)
    let nodes: [Node] = if case .sequence(let sequence) = root { Array(sequence) } else { [root] }
    let found = nodes.flatMap { node in RuleReader(node, path: "acl", faults: faults).map(read) ?? [] }
    try faults.check()
    return found
  }
}

extension ACLRule {
  /// What names it.
  fileprivate var removals: [RuleRemoval] {
    if case .extended(let match) = match { [.rule(self), .weight(match.weight, direction)] } else { [.rule(self)] }
  }
}

extension RuleRemoval: CustomStringConvertible {
  var description: String {
    switch self {
    case .rule(let rule): "\(rule)"
    case .weight(let weight, let direction): "weight \(weight) \(direction.rawValue)"
    }
  }
}
