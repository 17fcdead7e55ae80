import Dataplane

/// What a meter counts, in words: the name it is kept under, whatever becomes of the rule.
public struct MeterKey: Hashable, Sendable {
  public enum End: String, Sendable, CaseIterable {
    case remote, local
    /// What passed the port and no meter counted, so that a port's rows add up to its total.
    case rest
  }

  public var port: String
  public var direction: ACLRule.Direction
  public var end: End
  /// As the language writes it; empty for the rest.
  public var address: String
  /// nil: the meter stands alone.
  public var meter: String?

  public init(port: String, direction: ACLRule.Direction, end: End, address: String, meter: String? = nil) {
    (self.port, self.direction, self.end, self.address, self.meter) = (port, direction, end, address, meter)
  }

  /// The key of a meter rule; nil for other rules.
  init?(_ rule: ACLRule, port: String) {
    guard rule.action == .meter, case .address(let end, let address) = rule.match else { return nil }
    self.init(
      port: port, direction: rule.direction, end: end == .remote ? .remote : .local, address: address.text,
      meter: rule.meter)
  }

  static func rest(_ port: String, _ direction: ACLRule.Direction) -> MeterKey {
    MeterKey(port: port, direction: direction, end: .rest, address: "")
  }
}

/// A meter's count at one moment.
public struct MeterRecord: Hashable, Sendable {
  public var key: MeterKey
  public var count: RuleCells.Count

  public init(_ key: MeterKey, _ count: RuleCells.Count) { (self.key, self.count) = (key, count) }
}
