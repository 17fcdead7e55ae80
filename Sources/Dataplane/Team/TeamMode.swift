/// How a team of uplinks spreads what it sends (NIC Teaming and Switch Embedded Teaming, "load balancing mode"). All
/// modes are switch independent: the physical switches know nothing of the team.
public enum TeamMode: String, Sendable, CaseIterable, Codable {
  /// By flow; a flow may go to a less loaded member after a pause (flowlets).
  case dynamic
  /// By flow, always to the same member.
  case addressHash = "address-hash"
  /// By the port that sends: each port's frames leave through one member.
  case hypervPort = "hyperv-port"

  /// Ports are given to members one after another; else all belong to the first that is live.
  public var spreadsPorts: Bool { self != .addressHash }
}
