import Ports

/// What the workers need to know of one port. Trivial; what it points to is kept alive by control.
public struct PortEntry {
  /// Index: worker.
  public var io: UnsafeMutablePointer<PortIO>
  /// Index: worker.
  public var outputs: UnsafeMutablePointer<OutputQueue>
  public var counters: PortCounters
  public var linkRate: LinkRate
  public var vlan: VLANPolicy
  public var isUplink: Bool
  /// The port's VMQ, whose frames are counted at the port that owns it.
  public var hasQueue: Bool
  /// Segments that arrive here may be joined; and those that leave here.
  public var joinsReceived: Bool
  public var joinsSent: Bool
  /// ACLs and meters.
  public var rules = PortRulesView()

  public init(
    io: UnsafeMutablePointer<PortIO>, outputs: UnsafeMutablePointer<OutputQueue>, counters: PortCounters,
    linkRate: LinkRate, vlan: VLANPolicy, isUplink: Bool, hasQueue: Bool, joinsReceived: Bool = false,
    joinsSent: Bool = true
  ) {
    self.io = io
    self.outputs = outputs
    self.counters = counters
    self.linkRate = linkRate
    self.vlan = vlan
    self.isUplink = isUplink
    self.hasQueue = hasQueue
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
  /// Index: port. Only entries listed in `active` are meaningful.
  public let ports: UnsafeMutablePointer<PortEntry>
  /// The ports that have a device.
  public let active: UnsafeMutablePointer<UInt16>
  public let activeCount: Int
  /// Index: port. Whether the port is among `active`: learned addresses may name one that went.
  public let isActive: UnsafeMutablePointer<Bool>
  public let portCount: Int
  public let fdb: FDB
  /// Some port has rules on what it is sent.
  let judgesDepartures: Bool
  /// What `PortEntry.rules` of the entries lead to.
  private let rules: [PortRules]

  /// - Parameter rules: kept as long as the table.
  public init(entries: [(port: Int, entry: PortEntry)], fdb: FDB, rules: [PortRules] = []) {
    self.rules = rules
    judgesDepartures = entries.contains { $0.entry.rules.in != nil }
    portCount = (entries.map(\.port).max() ?? -1) + 1
    ports = .allocate(capacity: max(1, portCount))
    active = .allocate(capacity: max(1, entries.count))
    isActive = .allocate(capacity: max(1, portCount))
    isActive.initialize(repeating: false, count: max(1, portCount))
    activeCount = entries.count
    self.fdb = fdb
    for (i, (port, entry)) in entries.enumerated() {
      (ports + port).initialize(to: entry)
      (active + i).initialize(to: UInt16(port))
      isActive[port] = true
    }
  }

  deinit {
    ports.deallocate()
    active.deallocate()
    isActive.deallocate()
  }
}

/// The same, as workers hold it: pointers only, so that the road counts no references.
struct TableView {
  let ports: UnsafeMutablePointer<PortEntry>
  let active: UnsafeMutablePointer<UInt16>
  let activeCount: Int
  let isActive: UnsafeMutablePointer<Bool>
  let portCount: Int
  let fdb: FDB
  let judgesDepartures: Bool

  init(_ table: ForwardingTable) {
    ports = table.ports
    active = table.active
    activeCount = table.activeCount
    isActive = table.isActive
    portCount = table.portCount
    fdb = table.fdb
    judgesDepartures = table.judgesDepartures
  }
}
