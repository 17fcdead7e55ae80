import CMillraceABI

/// What one look at a frame's headers tells: addresses, tag, protocol, and where each layer begins.
///
/// A trivial value: parse once per frame, then every question is a field or a bit. Offsets are bytes from the
/// frame's first byte. The BPF parser (bpf/parse.h) follows the same rules; tests hold the two together.
public struct FrameHeaders: Equatable, Sendable {
  /// Destination and source as `MACAddress.value`. 0 when the frame is shorter than 14 bytes.
  public var destination: UInt64
  public var source: UInt64
  /// Bytes of the IP packet from `l3Offset`, as its header says: IPv4 total length, or 40 + IPv6 payload length.
  /// 0 for what is not IP, or malformed. Padding of short frames lies behind it.
  public var ipLength: UInt32
  public var flags: UInt16
  /// After the 802.1Q tag if there is one. Stacked tags leave the second tag's type here.
  public var etherType: UInt16
  /// The tag in the frame (priority, DEI, VLAN); meaningful with `isTagged`.
  public var tci: UInt16
  /// Behind the Ethernet header and the tag: 14 or 18.
  public var l3Offset: UInt16
  /// The IP payload behind options and extension headers; 0 where it could not be found.
  public var l4Offset: UInt16
  /// Of the payload at `l4Offset` (for IPv6 the last header of the chain).
  public var ipProtocol: UInt8

  @inlinable public init() {
    (destination, source, ipLength, flags, etherType) = (0, 0, 0, 0, 0)
    (tci, l3Offset, l4Offset, ipProtocol) = (0, 0, 0, 0)
  }

  /// An 802.1Q tag is in the frame.
  @inlinable public var isTagged: Bool { flags & Flag.tagged != 0 }
  @inlinable public var isIPv4: Bool { flags & Flag.ipv4 != 0 }
  @inlinable public var isIPv6: Bool { flags & Flag.ipv6 != 0 }
  @inlinable public var isIP: Bool { flags & (Flag.ipv4 | Flag.ipv6) != 0 }
  @inlinable public var isARP: Bool { flags & Flag.arp != 0 }
  /// Any fragment, the first one too: IPv4 with MF or an offset, IPv6 with a fragment header.
  @inlinable public var isFragment: Bool { flags & Flag.fragment != 0 }
  /// TCP or UDP whose ports lie at `l4Offset`, within the packet and the header window.
  @inlinable public var hasPorts: Bool { flags & Flag.ports != 0 }
  /// `flowHash` is defined; else the frame takes its queue's home worker.
  @inlinable public var isHashable: Bool { flags & Flag.hashable != 0 }
  /// The frame ends inside its Ethernet header or tag: it cannot be switched.
  @inlinable public var isTruncated: Bool { flags & Flag.truncated != 0 }
  /// The IP or port bytes contradict themselves or the frame's length. A bridge still forwards it.
  @inlinable public var isMalformed: Bool { flags & Flag.malformed != 0 }
  /// Bit 40: broadcast and multicast.
  @inlinable public var isMulticast: Bool { destination & (1 << 40) != 0 }
  /// VLAN of the tag in the frame; 0 for untagged and priority-tagged frames.
  @inlinable public var vlan: UInt16 { isTagged ? tci & 0xFFF : 0 }

  /// Bits of `flags`.
  public enum Flag {
    @inlinable public static var tagged: UInt16 { 1 << 0 }
    @inlinable public static var ipv4: UInt16 { 1 << 1 }
    @inlinable public static var ipv6: UInt16 { 1 << 2 }
    @inlinable public static var arp: UInt16 { 1 << 3 }
    @inlinable public static var fragment: UInt16 { 1 << 4 }
    @inlinable public static var ports: UInt16 { 1 << 5 }
    @inlinable public static var hashable: UInt16 { 1 << 6 }
    @inlinable public static var truncated: UInt16 { 1 << 7 }
    @inlinable public static var malformed: UInt16 { 1 << 8 }
  }

  /// Bytes of a frame in which headers are looked for.
  @inlinable public static var window: Int { MR_HEADER_WINDOW }
}
