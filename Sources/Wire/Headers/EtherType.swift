/// EtherTypes a switch tells apart (IEEE registry).
public enum EtherType {
  @inlinable public static var ipv4: UInt16 { 0x0800 }
  @inlinable public static var arp: UInt16 { 0x0806 }
  @inlinable public static var ipv6: UInt16 { 0x86DD }
  /// 802.1Q customer tag.
  @inlinable public static var vlan: UInt16 { 0x8100 }
  /// 802.1ad service tag (QinQ).
  @inlinable public static var serviceVLAN: UInt16 { 0x88A8 }
  @inlinable public static func isVLAN(_ type: UInt16) -> Bool { type == vlan || type == serviceVLAN }
}

/// IP protocol numbers a switch tells apart (IANA registry).
public enum IPProtocol {
  @inlinable public static var hopByHopOptions: UInt8 { 0 }
  @inlinable public static var icmp: UInt8 { 1 }
  @inlinable public static var tcp: UInt8 { 6 }
  @inlinable public static var udp: UInt8 { 17 }
  @inlinable public static var routing: UInt8 { 43 }
  @inlinable public static var fragment: UInt8 { 44 }
  @inlinable public static var icmpv6: UInt8 { 58 }
  @inlinable public static var destinationOptions: UInt8 { 60 }
}
