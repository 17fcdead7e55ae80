import Wire

/// Which frames are of a class: all that is named must fit.
///
/// Local and remote are as the port of a VM sees them: for a frame that a vport sends, its source is local; for one that
/// arrives by an uplink, its destination.
public struct ClassMatch: Sendable, Equatable {
  /// Bit n: DSCP n. nil: any frame, IP or not.
  public var dscp: UInt64?
  /// Bit n: 802.1p priority n.
  public var priorities: UInt8?
  /// IP protocols; nil: any.
  public var protocols: [UInt8]?
  public var local: IPPrefix?
  public var remote: IPPrefix?
  public var localPorts: ClosedRange<UInt16>?
  public var remotePorts: ClosedRange<UInt16>?
  /// On either side.
  public var eitherPort: ClosedRange<UInt16>?
  /// Counted against the switch's limit for live migration.
  public var isLiveMigration = false

  public init() {}

  /// Traffic whose ports are known (IANA; Windows' network QoS policies name the same kinds).
  public enum Builtin: String, Sendable, CaseIterable {
    case liveMigration = "live-migration"
    case smb, iscsi, nfs, cluster

    public var match: ClassMatch {
      var match = ClassMatch()
      let (port, protocols): (UInt16, [UInt8]) =
        switch self {
        case .liveMigration: (6600, [6])
        case .smb: (445, [6, 17])
        case .iscsi: (3260, [6])
        case .nfs: (2049, [6, 17])
        case .cluster: (3343, [6, 17])
        }
      match.eitherPort = port...port
      match.protocols = protocols
      match.isLiveMigration = self == .liveMigration
      return match
    }
  }
}
