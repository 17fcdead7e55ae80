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
  public var queues: Queues
  public var place: ConfigPlace

  /// How a team counts its members' queues (Hyper-V: LBFO and VMQ).
  public enum Queues: String, Sendable, CaseIterable {
    /// Each port's queue is on one member, so they add up, and each processor serves one member.
    case sum
    /// Each port's queue is on every member, so the least counts, and all members have the same processors.
    case min
  }

  /// - Parameter queues: nil: as the mode has it.
  public init(
    name: String, members: [String], mode: TeamMode = .dynamic, gap: Nanoseconds = Defaults.gap, queues: Queues? = nil,
    place: ConfigPlace = ConfigPlace()
  ) {
    self.name = name
    self.members = members
    self.mode = mode
    self.gap = gap
    self.queues = queues ?? (mode.spreadsPorts ? .sum : .min)
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
