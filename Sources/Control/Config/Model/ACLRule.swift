import Dataplane
import Units
import Wire

/// One rule of a port, in one direction: what the language calls `both` is two of them.
public struct ACLRule: Sendable {
  public enum Action: String, Sendable, CaseIterable, Codable {
    case allow, deny
    /// Counts, and nothing else.
    case meter
  }

  /// As the port's device sees it: `in` is what the switch sends it, `out` what it receives from it.
  public enum Direction: String, Sendable, CaseIterable, Codable {
    case `in`, out
  }

  /// What a rule asks of a frame.
  public enum Match: Sendable, Hashable {
    /// One address, of the remote or of the local end (a basic rule).
    case address(RuleEnd, BasicRule.Address)
    /// Several fields, with a weight (an extended rule).
    case extended(ExtendedMatch)
  }

  public var action: Action
  public var direction: Direction
  public var match: Match
  /// The name under which a meter is summed with others; nil: it stands alone.
  public var meter: String?
  /// Where it is written.
  public var line: Int

  public init(_ action: Action, _ direction: Direction, _ match: Match, meter: String? = nil, line: Int = 1) {
    self.action = action
    self.direction = direction
    self.match = match
    self.meter = meter
    self.line = line
  }

  public enum Limits {
    /// Basic rules of one port, both directions together.
    public static let basic = 1 << 18
    /// Extended rules of one port and direction.
    public static let extended = 1024
    /// Rules of all ports, both directions.
    public static let all = 1_000_000
    public static let weight = 1...65535
    public static let idleTimeout = Nanoseconds.seconds(1)...Nanoseconds.seconds(86400)
    public static let meterName = 32
  }
}

/// Two rules are equal when they say the same, wherever they say it.
extension ACLRule: Hashable {
  public static func == (a: ACLRule, b: ACLRule) -> Bool {
    a.action == b.action && a.direction == b.direction && a.match == b.match && a.meter == b.meter
  }

  public func hash(into hasher: inout Hasher) {
    hasher.combine(action)
    hasher.combine(direction)
    hasher.combine(match)
    hasher.combine(meter)
  }
}

/// The fields of an extended rule.
public struct ExtendedMatch: Sendable, Hashable {
  /// Larger first.
  public var weight: Int
  /// nil: any.
  public var remote: IPPrefix?
  public var local: IPPrefix?
  public var ipProtocol: UInt8?
  public var remotePorts: ClosedRange<UInt16>?
  public var localPorts: ClosedRange<UInt16>?
  /// nil: the rule keeps no state; else how long a flow may be silent.
  public var idleTimeout: Nanoseconds?

  public init(weight: Int) { self.weight = weight }

  /// Hyper-V's IdleSessionTimeout.
  public static let defaultIdleTimeout = Nanoseconds.seconds(255)
}
