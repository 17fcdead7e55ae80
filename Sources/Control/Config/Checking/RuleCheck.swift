import Dataplane
import Wire

/// A port's rules beside each other.
extension PortConfig {
  func ruleFaults() -> [ConfigError] {
    func fault(_ line: Int, _ text: String, _ fix: String) -> ConfigError { ruleFault(line, text, fix) }
    var faults: [ConfigError] = []
    var weights: [WeightKey: ACLRule] = [:]
    var addresses: [AddressKey: ACLRule] = [:]
    for rule in acl {
      switch rule.match {
      case .extended(let match):
        let key = WeightKey(direction: rule.direction, weight: match.weight)
        if let other = weights.updateValue(rule, forKey: key) {
          weights[key] = other
          faults.append(
            fault(
              rule.line, "weight \(match.weight) is taken by '\(other)'\(at(other))",
              "write another weight: the larger decides"))
        }
      case .address(let end, let address):
        let isMeter = rule.action == .meter
        let keys = address.distinct.map {
          AddressKey(direction: rule.direction, end: end, address: $0, isMeter: isMeter)
        }
        if let other = keys.lazy.compactMap({ addresses[$0] }).first {
          let one = isMeter ? "meter" : "rule that allows or denies"
          faults.append(
            fault(
              rule.line, "'\(rule)' is for the addresses of '\(other)'\(at(other))", "keep one: they have one \(one)"))
        } else {
          for key in keys { addresses[key] = rule }
        }
      }
    }
    for direction in ACLRule.Direction.allCases {
      let extended = acl.filter { $0.isExtended && $0.direction == direction }
      guard let line = extended.dropFirst(ACLRule.Limits.extended).first?.line else { continue }
      faults.append(
        fault(
          line, "\(extended.count) rules with a weight for \(direction.rawValue)",
          "write at most \(ACLRule.Limits.extended)"))
    }
    let basic = acl.filter { !$0.isExtended }
    if let line = basic.dropFirst(ACLRule.Limits.basic).first?.line {
      faults.append(fault(line, "\(basic.count) rules", "write at most \(ACLRule.Limits.basic)"))
    }
    return faults
  }

  fileprivate func ruleFault(_ line: Int, _ text: String, _ fix: String) -> ConfigError {
    ConfigError(file: place.file, line: line, fault: "\(role.rawValue) \(name): acl: \(text)", fix: fix)
  }

  private func at(_ other: ACLRule) -> String {
    place.file == SwitchConfig.argument ? "" : " at line \(other.line)"
  }

  private struct WeightKey: Hashable {
    var direction: ACLRule.Direction
    var weight: Int
  }

  private struct AddressKey: Hashable {
    var direction: ACLRule.Direction
    var end: RuleEnd
    var address: BasicRule.Address
    var isMeter: Bool
  }
}

extension BasicRule.Address {
  /// `any` is all of IPv4 and all of IPv6.
  fileprivate var distinct: [Self] {
    self == .any ? [.prefix(.all(isIPv6: false)), .prefix(.all(isIPv6: true))] : [self]
  }
}

extension ACLRule {
  var isExtended: Bool {
    if case .extended = match { true } else { false }
  }

  var isStateful: Bool {
    if case .extended(let match) = match { match.idleTimeout != nil } else { false }
  }
}

extension SwitchConfig {
  /// Rules of all ports together: each has a counter of its own.
  /// - Parameter port: whose rules are new, when not all are.
  func ruleCountFaults(of port: PortConfig? = nil) -> [ConfigError] {
    let count = allPorts.reduce(0) { $0 + $1.acl.count }
    guard count > ACLRule.Limits.all, let last = port ?? allPorts.last(where: { !$0.acl.isEmpty }) else { return [] }
    let line = last.acl[last.acl.count - 1].line
    return [last.ruleFault(line, "the ports have \(count) rules together", "write at most \(ACLRule.Limits.all)")]
  }
}
