import Dataplane
import Units
import Wire

/// One rule of a port, in one direction: an element of `show acl`. What a rule does not name is `null`.
public struct RuleStatus: Codable, Sendable, Equatable {
  public var port: String
  public var direction: ACLRule.Direction
  public var action: ACLRule.Action
  /// A prefix with its length, `any`, `any-mac` or a MAC address.
  @Nullable public var remote: String?
  @Nullable public var local: String?
  /// The name a meter shares with others.
  @Nullable public var meter: String?
  /// Of an extended rule; a basic one has none.
  @Nullable public var weight: Int?
  /// `tcp`, `udp`, `icmp`, `icmpv6`, or a number.
  @Nullable public var `protocol`: String?
  /// `443`, `49152-49182`.
  @Nullable public var remotePort: String?
  @Nullable public var localPort: String?
  public var stateful = false
  @Nullable public var idleTimeoutSeconds: Double?
  /// What it decided, or counted: a super-frame as its segments, bytes without FCS.
  public var frames: UInt64 = 0
  public var bytes: UInt64 = 0

  public init(port: String, rule: ACLRule) {
    self.port = port
    direction = rule.direction
    action = rule.action
    (remote, local, meter, weight, `protocol`, remotePort, localPort, idleTimeoutSeconds) =
      (nil, nil, rule.meter, nil, nil, nil, nil, nil)
    switch rule.match {
    case .address(.remote, let address): remote = address.text
    case .address(.local, let address): local = address.text
    case .extended(let match):
      weight = match.weight
      remote = match.remote.map { "\($0)" }
      local = match.local.map { "\($0)" }
      `protocol` = match.ipProtocol.map(IPProtocol.name)
      remotePort = match.remotePorts.map(ExtendedMatch.text)
      localPort = match.localPorts.map(ExtendedMatch.text)
      stateful = match.idleTimeout != nil
      idleTimeoutSeconds = match.idleTimeout?.seconds
    }
  }
}

/// What a port's rules do with a packet, and why: the answer of `acl test`.
public struct RuleTestAnswer: Codable, Sendable, Equatable {
  /// `allow` or `deny`.
  public var verdict: ACLRule.Action
  /// The rule that denies, or the last that allows; `null` when no rule matches, which allows.
  @Nullable public var rule: String?
  /// The meter that counts the packet if it passes.
  @Nullable public var meter: String?
  /// One line for each list that was judged.
  public var why: [String]

  public init(verdict: ACLRule.Action, rule: String?, meter: String?, why: [String]) {
    self.verdict = verdict
    self.why = why
    self.rule = rule
    self.meter = meter
  }
}
