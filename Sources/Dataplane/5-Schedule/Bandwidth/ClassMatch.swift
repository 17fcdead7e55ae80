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
  public var local: Prefix?
  public var remote: Prefix?
  public var localPorts: ClosedRange<UInt16>?
  public var remotePorts: ClosedRange<UInt16>?
  /// On either side.
  public var eitherPort: ClosedRange<UInt16>?
  /// Counted against the switch's limit for live migration.
  public var isLiveMigration = false

  public init() {}

  /// An IP prefix, the address in the high bits.
  public struct Prefix: Sendable, Equatable {
    public var isIPv6: Bool
    public var high: UInt64
    public var low: UInt64
    public var length: Int

    /// `bytes`: 4 or 16.
    public init(bytes: [UInt8], length: Int) {
      isIPv6 = bytes.count == 16
      let padded = bytes + [UInt8](repeating: 0, count: 16 - bytes.count)
      high = padded[..<8].reduce(0) { $0 << 8 | UInt64($1) }
      low = padded[8...].reduce(0) { $0 << 8 | UInt64($1) }
      self.length = length
    }

    var highMask: UInt64 { length >= 64 ? ~0 : length == 0 ? 0 : ~0 << UInt64(64 - length) }
    var lowMask: UInt64 { length <= 64 ? 0 : ~0 << UInt64(128 - length) }
  }

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
