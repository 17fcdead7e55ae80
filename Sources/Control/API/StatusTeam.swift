import Units

/// One team of uplinks: an element of `show teams`.
public struct TeamStatus: Codable, Sendable, Equatable {
  public enum State: String, Codable, Sendable, CaseIterable {
    /// Its link is down, or its device gone.
    case down
    /// Its link came up; it is used in a moment.
    case joining
    case live
  }

  public struct Member: Codable, Sendable, Equatable {
    /// The uplink's name.
    public var name: String
    public var state: State
    /// Sent by this member, and received from it: as in `show ports`.
    public var frames: UInt64 = 0
    public var bytes: UInt64 = 0
    public var receivedFrames: UInt64 = 0
    public var receivedBytes: UInt64 = 0
    /// Flowlets that went to this member although the one before was live.
    public var flowletMoves: UInt64 = 0
    /// Flows that sent a frame within the last second; `null` where flows are not kept (all modes but `dynamic`).
    @Nullable public var activeFlows: Int?
    /// Ports whose addresses the physical network knows here.
    public var ports: [String] = []
    /// CPUs of the workers that serve the queues of these ports; empty: all workers do.
    public var processors: [Int] = []
    /// Other members that were found to be on one network with this one.
    public var sharesNetworkWith: [String] = []

    public init(name: String, state: State) {
      self.name = name
      self.state = state
      activeFlows = nil
    }
  }

  public var name: String
  /// `dynamic`, `address-hash` or `hyperv-port`.
  public var mode: String
  /// `sum` or `min`: how the members' queues count, and how many they are.
  public var queues: String
  public var queueCount: Int
  /// The pause after which a flow may change its member; `null` in all modes but `dynamic`.
  @Nullable public var gapMicroseconds: Double?
  public var members: [Member]

  public init(
    name: String, mode: String, queues: String, queueCount: Int, gapMicroseconds: Double?, members: [Member]
  ) {
    self.name = name
    self.mode = mode
    self.queues = queues
    self.queueCount = queueCount
    self.members = members
    self.gapMicroseconds = gapMicroseconds
  }
}

/// Every team.
public struct TeamsDocument: StatusDocument {
  public static let subject = StatusSubject.teams
  public var teams: [TeamStatus]
  public init(teams: [TeamStatus]) { self.teams = teams }
}
