extension PortConfig {
  /// Which VLANs a port carries (IEEE 802.1Q). VLAN 0 stands for the network of untagged frames.
  public enum VLAN: Sendable, Equatable {
    /// Untagged frames only, in VLAN 0.
    case untagged
    /// Untagged frames only, in this VLAN.
    case access(UInt16)
    /// Frames of `tagged` with their tags; untagged frames are in `native`.
    case trunk(tagged: [UInt16], native: UInt16)

    /// A trunk of all VLANs, untagged frames in VLAN 0.
    public static let every = VLAN.trunk(tagged: Array(1...4094), native: 0)

    public func carries(_ vlan: UInt16) -> Bool {
      switch self {
      case .untagged: vlan == 0
      case .access(let access): vlan == access
      case .trunk(let tagged, let native): vlan == native || tagged.contains(vlan)
      }
    }

    /// VLAN identifiers that may be written (0 and 4095 are reserved).
    public static let identifiers: ClosedRange<UInt16> = 1...4094
  }
}
