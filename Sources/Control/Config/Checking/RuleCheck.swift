import Dataplane
import Wire

/// A port's rules beside each other.
extension PortConfig {
  func ruleFaults() -> [ConfigError] {
    func fault(_ line: Int, _ text: String, _ fix: String) -> ConfigError {
      ConfigError(file: place.file, line: line, fault: "\(role.rawValue) \(name): acl: \(text)", fix: fix)
    }
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
      let count = acl.count { $0.isExtended && $0.direction == direction }
      guard count > ACLRule.Limits.extended else { continue }
      faults.append(
        fault(
          place.line(of: "acl"), "\(count) rules with a weight for \(direction.rawValue)",
          "write at most \(ACLRule.Limits.extended)"))
    }
    let basic = acl.count { !$0.isExtended }
    if basic > ACLRule.Limits.basic {
      faults.append(fault(place.line(of: "acl"), "\(basic) rules", "write at most \(ACLRule.Limits.basic)"))
    }
    return faults
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
}

extension SwitchConfig {
  /// Rules of all ports together: each has a counter of its own.
  func ruleCountFaults() -> [ConfigError] {
    let count = allPorts.reduce(0) { $0 + $1.acl.count }
    guard count > ACLRule.Limits.all, let last = allPorts.last(where: { !$0.acl.isEmpty }) else { return [] }
    return [last.fault("acl", "the ports have \(count) rules together", fix: "write at most \(ACLRule.Limits.all)")]
  }
}
