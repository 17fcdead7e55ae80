import Units
import Wire
import Yams

/// Rules with a weight: several fields at once.
extension RuleReader {
  func weight() -> Int? { mapping.integer("weight", in: ACLRule.Limits.weight, example: 100) }

  /// nil: wrong, and reported.
  func extended(_ action: ACLRule.Action?) -> ExtendedMatch? {
    if action == .meter {
      mapping.refuse("weight", "a rule with a weight allows or denies", fix: "write the meter as a rule of its own")
    }
    guard let weight = weight() else { return nil }
    var match = ExtendedMatch(weight: weight)
    match.remote = end("remote")
    match.local = end("local")
    if let remote = match.remote, let local = match.local, remote.isIPv6 != local.isIPv6 {
      mapping.refuse(
        "local", "\(local) and \(remote) are of different IP versions", fix: "write both as IPv4 or as IPv6")
    }
    match.ipProtocol = mapping.ipProtocol(orAny: true)
    match.remotePorts = ports("remotePort", match.ipProtocol)
    match.localPorts = ports("localPort", match.ipProtocol)
    match.idleTimeout = idleTimeout(action)
    return match
  }

  private func end(_ key: String) -> IPPrefix? {
    guard let text = mapping.text(key, example: "10.9.0.0/16"), text != "any" else { return nil }
    if MACAddress(text) != nil {
      mapping.refuse(
        key, "a rule with a weight matches IP addresses, and \(text) is a MAC address",
        fix: "write a rule without weight for it")
      return nil
    }
    return mapping.prefix(key, text, others: ", or any")
  }

  private func ports(_ key: String, _ ipProtocol: UInt8?) -> ClosedRange<UInt16>? {
    guard mapping.has(key) else { return nil }
    if mapping.has("protocol") && ipProtocol == nil && mapping["protocol"]?.scalar?.string != "any" { return nil }
    guard ipProtocol == IPProtocol.tcp || ipProtocol == IPProtocol.udp else {
      let name = ipProtocol.map { "protocol \(IPProtocol.name(of: $0)) has no ports" } ?? "ports need their protocol"
      mapping.refuse(key, name, fix: "write protocol: tcp or protocol: udp, or remove \(key)")
      return nil
    }
    return mapping.portRange(key)
  }

  /// nil: the rule keeps no state.
  private func idleTimeout(_ action: ACLRule.Action?) -> Nanoseconds? {
    let isStateful = mapping.boolean("stateful") ?? false
    if isStateful && action == .deny {
      mapping.refuse("stateful", "is for rules that allow: what is denied has no return traffic", fix: "remove it")
    }
    if !isStateful && mapping.has("idleTimeout") {
      mapping.refuse("idleTimeout", "is for stateful rules", fix: "add stateful: true, or remove it")
    }
    guard isStateful else { return nil }
    let range = ACLRule.Limits.idleTimeout
    guard let time = mapping.time("idleTimeout", in: range.lowerBound..., example: "255s") else {
      return ExtendedMatch.defaultIdleTimeout
    }
    guard time <= range.upperBound, time.count % 1_000_000_000 == 0 else {
      mapping.refuse("idleTimeout", "\(time) is not whole seconds up to \(range.upperBound)", fix: "write e.g. 255s")
      return nil
    }
    return time
  }
}
