import CMillraceABI
import Ports

/// What the workers need to know of one port. Trivial; what it points to is kept alive by control.
public struct PortEntry {
  /// Index: worker.
  public var io: UnsafeMutablePointer<PortIO>
  /// Index: worker.
  public var outputs: UnsafeMutablePointer<OutputQueue>
  /// The most bytes that one of them holds.
  public var byteLimit: Int
  public var counters: PortCounters
  public var linkRate: LinkRate
  public var vlan: VLANPolicy
  public var isUplink: Bool
  /// The port's VMQ, whose frames are counted at the port that owns it; 0 is the default queue.
  public var queue: UInt16
  public var hasQueue: Bool { queue != UInt16(MR_DEFAULT_QUEUE) }
  /// Segments that arrive here may be joined; and those that leave here.
  public var joinsReceived: Bool
  public var joinsSent: Bool
  /// ACLs and meters.
  public var rules = PortRulesView()
  public var mirroring = PortMirroring.none
  /// What the port is sent is mirrored, or judged or metered by its rules. Set by the table.
  var isWatched = false
  /// The port that addresses which arrive here are learned at: a member's is its team. Set by the table.
  var bridgePort: UInt16 = 0
  /// The team that this is, or is a member of, and which member. Set by the table.
  var team: UnsafePointer<Team>?
  var member: UInt8 = 0
  /// The table's bandwidth management; nil: off.
  var bandwidth: UnsafeMutablePointer<BandwidthView>?

  public init(
    io: UnsafeMutablePointer<PortIO>, outputs: UnsafeMutablePointer<OutputQueue>, byteLimit: Int,
    counters: PortCounters, linkRate: LinkRate, vlan: VLANPolicy, isUplink: Bool, queue: UInt16 = 0,
    joinsReceived: Bool = false,
    joinsSent: Bool = true
  ) {
    self.io = io
    self.outputs = outputs
    self.byteLimit = byteLimit
    self.counters = counters
    self.linkRate = linkRate
    self.vlan = vlan
    self.isUplink = isUplink
    self.queue = queue
    self.joinsReceived = joinsReceived
    self.joinsSent = joinsSent
  }
}

extension UnsafeMutablePointer<PortEntry> {
  /// The port's policy, where it lies.
  @inline(__always) var vlan: UnsafePointer<VLANPolicy> {
    // SAFETY: a stored property of a struct lies at the same offset in every one.
    (UnsafeRawPointer(self) + MemoryLayout<PortEntry>.offset(of: \.vlan)!).assumingMemoryBound(to: VLANPolicy.self)
  }
}

/// The immutable picture of the switch that workers forward by: built by control, published by one atomic store, read
/// once per batch, freed when every worker has passed on to its successor.
public final class ForwardingTable: @unchecked Sendable {
  /// Index: port. Only entries with `isActive` are meaningful.
  public let ports: UnsafeMutablePointer<PortEntry>
  /// The ports that have a device.
  public let active: UnsafeMutablePointer<UInt16>
  public let activeCount: Int
  /// The ports that floods go to: a team in place of its members.
  let flooded: UnsafeMutablePointer<UInt16>
  let floodedCount: Int
  /// Index: port. Whether the port is there, teams included: learned addresses may name one that went.
  public let isActive: UnsafeMutablePointer<Bool>
  public let portCount: Int
  public let fdb: FDB
  /// The ports that copies of mirrored frames go to.
  let destinations: UnsafeMutablePointer<UInt16>
  let destinationCount: Int
  /// Some port's `isWatched`.
  let watchesPorts: Bool
  /// What `PortEntry.rules` of the entries lead to.
  private let rules: [PortRules]
  /// nil: off. Its plan must name every port.
  public let bandwidth: BandwidthState?
  private let teams: [TeamTable]
  private let views: UnsafeMutablePointer<Team>

  /// - Parameters:
  ///   - teams: their ports' numbers, which no entry has.
  ///   - rules: kept as long as the table.
  public init(
    entries: [(port: Int, entry: PortEntry)], teams: [(port: Int, table: TeamTable)] = [], fdb: FDB,
    rules: [PortRules] = [], bandwidth: BandwidthState? = nil
  ) {
    self.rules = rules
    let destinations = entries.filter { $0.entry.mirroring == .destination }
    self.destinations = .allocate(capacity: max(1, destinations.count))
    for (i, port) in destinations.map(\.port).enumerated() { (self.destinations + i).initialize(to: UInt16(port)) }
    destinationCount = destinations.count
    var watchesPorts = false
    portCount = (entries.map(\.port) + teams.map(\.port)).reduce(-1, max) + 1
    ports = .allocate(capacity: max(1, portCount))
    active = .allocate(capacity: max(1, entries.count))
    isActive = .allocate(capacity: max(1, portCount))
    isActive.initialize(repeating: false, count: max(1, portCount))
    activeCount = entries.count
    self.fdb = fdb
    self.bandwidth = bandwidth
    self.teams = teams.map(\.table)
    for (i, (port, entry)) in entries.enumerated() {
      (ports + port).initialize(to: entry)
      ports[port].bridgePort = UInt16(port)
      ports[port].bandwidth = bandwidth?.view
      // Without a destination nothing is copied.
      if destinations.isEmpty { ports[port].mirroring = .none }
      ports[port].isWatched = entry.rules.in != nil || ports[port].mirroring == .source
      watchesPorts = watchesPorts || ports[port].isWatched
      (active + i).initialize(to: UInt16(port))
      isActive[port] = true
    }
    self.watchesPorts = watchesPorts
    views = .allocate(capacity: max(1, teams.count))
    for (i, team) in teams.enumerated() { Self.join(team.table, as: team.port, views + i, ports, isActive) }
    let targets = (entries.map(\.port) + teams.map(\.port)).filter { [ports, isActive] port in
      isActive[port] && ports[port].bridgePort == UInt16(port)
    }
    flooded = .allocate(capacity: max(1, targets.count))
    for (i, port) in targets.enumerated() { (flooded + i).initialize(to: UInt16(port)) }
    floodedCount = targets.count
  }

  /// Makes those of a team's members that have a device one port, which has the VLANs of any of them.
  private static func join(
    _ team: TeamTable, as port: Int, _ view: UnsafeMutablePointer<Team>, _ ports: UnsafeMutablePointer<PortEntry>,
    _ isActive: UnsafeMutablePointer<Bool>
  ) {
    let members = team.ports.indices.filter { isActive[Int(team.ports[$0])] }
    view.initialize(to: Team(team, present: members.reduce(0) { $0 | 1 << UInt64($1) }))
    for member in members {
      let entry = ports + Int(team.ports[member])
      entry.pointee.bridgePort = UInt16(port)
      entry.pointee.team = UnsafePointer(view)
      entry.pointee.member = UInt8(member)
    }
    guard let first = members.first else { return }
    (ports + port).initialize(to: ports[Int(team.ports[first])])
    isActive[port] = true
  }

  deinit {
    ports.deallocate()
    active.deallocate()
    flooded.deallocate()
    destinations.deallocate()
    isActive.deallocate()
    views.deallocate()
  }
}

/// The same, as workers hold it: pointers only, so that the road counts no references.
struct TableView {
  let ports: UnsafeMutablePointer<PortEntry>
  let active: UnsafeMutablePointer<UInt16>
  let activeCount: Int
  let flooded: UnsafeMutablePointer<UInt16>
  let floodedCount: Int
  let isActive: UnsafeMutablePointer<Bool>
  let portCount: Int
  let fdb: FDB
  let destinations: UnsafeMutablePointer<UInt16>
  let destinationCount: Int
  let watchesPorts: Bool
  let bandwidth: UnsafeMutablePointer<BandwidthView>?

  init(_ table: ForwardingTable) {
    ports = table.ports
    active = table.active
    activeCount = table.activeCount
    flooded = table.flooded
    floodedCount = table.floodedCount
    isActive = table.isActive
    portCount = table.portCount
    fdb = table.fdb
    destinations = table.destinations
    destinationCount = table.destinationCount
    watchesPorts = table.watchesPorts
    bandwidth = table.bandwidth?.view
  }
}
