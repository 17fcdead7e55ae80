import Dataplane
import Units

/// One team of uplinks: to the rest of the switch, one uplink.
public struct TeamConfig: Sendable, Equatable {
  public var name: String
  /// Names of 2 to 32 uplinks, each of this team alone.
  public var members: [String]
  public var mode: TeamMode
  /// The pause after which a flow may change its member (`dynamic`).
  public var gap: Nanoseconds
  public var place: ConfigPlace

  public init(
    name: String, members: [String], mode: TeamMode = .dynamic, gap: Nanoseconds = Defaults.gap,
    place: ConfigPlace = ConfigPlace()
  ) {
    self.name = name
    self.members = members
    self.mode = mode
    self.gap = gap
    self.place = place
  }

  public enum Defaults {
    public static let gap = Nanoseconds.microseconds(500)
  }

  public enum Limits {
    public static let members = 2...TeamTable.members
    public static let gap = Nanoseconds.microseconds(10)...Nanoseconds.seconds(10)
  }
}

extension SwitchConfig {
  /// The team that an uplink is a member of.
  public func team(of uplink: String) -> TeamConfig? { teams.first { $0.members.contains(uplink) } }
}
