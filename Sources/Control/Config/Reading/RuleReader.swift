import Dataplane
import Units
import Wire
import Yams

/// Reads one element of a port's `acl:`.
struct RuleReader {
  static let example = "{action: deny, direction: in, remote: 10.9.0.0/16}"
  /// The keys that only extended rules have.
  private static let extendedKeys = ["protocol", "remotePort", "localPort", "stateful", "idleTimeout"]

  let mapping: ConfigMapping

  init?(_ node: Node, path: String, faults: ConfigFaults) {
    guard let mapping = ConfigMapping(node, .rule, path: path, example: Self.example, faults: faults) else {
      return nil
    }
    self.mapping = mapping
  }

  /// The rule, once for each direction it names; empty when it is wrong and reported.
  func rules() -> [ACLRule] {
    let before = mapping.faults.count
    let action = mapping.require("action", example: "deny") ? mapping.choice("action", ACLRule.Action.self) : nil
    let directions = directions()
    let match = mapping.has("weight") ? extended(action).map { .extended($0) } : basic(action)
    let meter = meterName(action)
    guard let action, let match, mapping.faults.count == before else { return [] }
    return directions.map { ACLRule(action, $0, match, meter: meter, line: mapping.place.line) }
  }

  /// Reads which rules to remove: as they were written, or an extended one by weight and direction.
  func removals() -> [RuleRemoval] {
    guard mapping.has("weight") else { return rules().map { .rule($0) } }
    let directions = directions()
    guard let weight = weight() else { return [] }
    return directions.map { .weight(weight, $0) }
  }

  func directions() -> [ACLRule.Direction] {
    guard mapping.require("direction", example: "in"),
      let direction = mapping.choice("direction", WrittenDirection.self)
    else { return [] }
    switch direction {
    case .in: return [.in]
    case .out: return [.out]
    case .both: return [.in, .out]
    }
  }

  private enum WrittenDirection: String, CaseIterable { case `in`, out, both }

  private func basic(_ action: ACLRule.Action?) -> ACLRule.Match? {
    for key in Self.extendedKeys where mapping.has(key) {
      mapping.refuse(key, "is for rules with a weight", fix: "add a weight, e.g. weight: 100, or remove \(key)")
    }
    switch (mapping.has("remote"), mapping.has("local")) {
    case (true, true):
      mapping.refuse(
        "local", "a rule without weight names one end, remote or local", fix: "remove one, or add a weight")
      return nil
    case (false, false):
      if mapping.isMisspelt("remote") || mapping.isMisspelt("local") { return nil }
      mapping.refuse("it names no end", fix: "write remote: or local:, with a prefix, any, or a MAC address")
      return nil
    case (true, false): return address("remote", action).map { .address(.remote, $0) }
    case (false, true): return address("local", action).map { .address(.local, $0) }
    }
  }

  private func address(_ key: String, _ action: ACLRule.Action?) -> BasicRule.Address? {
    guard let text = mapping.text(key, example: "10.9.0.0/16") else { return nil }
    let address: BasicRule.Address
    switch text {
    case "any": address = .any
    case BasicRule.Address.anyMACWord: address = .anyMAC
    default:
      if let mac = MACAddress(text) {
        address = .mac(mac)
      } else {
        guard let prefix = mapping.prefix(key, text, others: ", any, any-mac, or a MAC address") else { return nil }
        address = .prefix(prefix)
      }
    }
    if action == .meter && !address.isIP {
      mapping.refuse(key, "a meter counts IP addresses, and \(text) is not one", fix: "write a prefix, or any")
      return nil
    }
    return address
  }

  private func meterName(_ action: ACLRule.Action?) -> String? {
    guard let name = mapping.text("meter", example: "tenant-a") else { return nil }
    if let action, action != .meter {
      mapping.refuse("meter", "is for action: meter", fix: "remove it, or add a meter rule of its own")
      return nil
    }
    let isLegal = name.utf8.allSatisfy { $0 > 0x20 && $0 < 0x7F && $0 != UInt8(ascii: ",") && $0 != UInt8(ascii: "\"") }
    guard isLegal, (1...ACLRule.Limits.meterName).contains(name.utf8.count) else {
      mapping.refuse(
        "meter", "'\(name)' is not a meter's name",
        fix: "write 1 to \(ACLRule.Limits.meterName) characters without spaces, commas or quotes")
      return nil
    }
    return name
  }
}

/// What `acl remove` names.
enum RuleRemoval: Hashable {
  case rule(ACLRule)
  case weight(Int, ACLRule.Direction)
}
