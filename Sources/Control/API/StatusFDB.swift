import Units

/// One address of the FDB: an element of `show fdb`.
public struct FDBStatus: Codable, Sendable, Equatable {
  public var mac: MACAddress
  /// 0 for untagged.
  public var vlan: UInt16
  public var port: String
  /// Configured, so that it neither ages nor moves; else learned.
  public var isStatic: Bool
  /// Since a frame with this source address was last seen; `null` for a static entry.
  @Nullable public var ageSeconds: Double?

  public init(mac: MACAddress, vlan: UInt16, port: String, isStatic: Bool, ageSeconds: Double?) {
    self.mac = mac
    self.vlan = vlan
    self.port = port
    self.isStatic = isStatic
    self.ageSeconds = ageSeconds
  }

  enum CodingKeys: String, CodingKey {
    case mac, vlan, port
    case isStatic = "static"
    case ageSeconds
  }
}
