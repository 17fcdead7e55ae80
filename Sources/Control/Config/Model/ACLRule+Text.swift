import Dataplane
import Wire

/// Rules in words, as messages, lists and reports show them.
extension ACLRule: CustomStringConvertible {
  /// `deny in remote 10.9.0.0/16`, `allow out weight 10 tcp remote 10.0.0.0/8 remotePort 443 stateful`.
  public var description: String {
    switch match {
    case .address(let end, let address):
      let name = meter.map { " meter \($0)" } ?? ""
      return "\(action.rawValue) \(direction.rawValue) \(end.word) \(address.text)\(name)"
    case .extended(let match): return "\(action.rawValue) \(direction.rawValue) \(match)"
    }
  }
}

extension RuleEnd {
  /// As the language writes it.
  public var word: String { self == .remote ? "remote" : "local" }
}

extension BasicRule.Address {
  /// As the language writes it; a prefix always with its length.
  public var text: String {
    switch self {
    case .any: "any"
    case .anyMAC: Self.anyMACWord
    case .prefix(let prefix): "\(prefix)"
    case .mac(let mac): "\(mac)"
    }
  }

  static let anyMACWord = "any-mac"
}

extension ExtendedMatch: CustomStringConvertible {
  public var description: String {
    var words = ["weight \(weight)"]
    if let ipProtocol { words.append(IPProtocol.name(of: ipProtocol)) }
    if let remote { words.append("remote \(remote)") }
    if let remotePorts { words.append("remotePort \(Self.text(remotePorts))") }
    if let local { words.append("local \(local)") }
    if let localPorts { words.append("localPort \(Self.text(localPorts))") }
    if idleTimeout != nil { words.append("stateful") }
    return words.joined(separator: " ")
  }

  /// `443`, `49152-49182`.
  public static func text(_ ports: ClosedRange<UInt16>) -> String {
    ports.count == 1 ? "\(ports.lowerBound)" : "\(ports.lowerBound)-\(ports.upperBound)"
  }
}
