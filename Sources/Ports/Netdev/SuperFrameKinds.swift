import CLinux

/// Kinds of super-frames, by the protocol whose segments they hold.
public struct SuperFrameKinds: OptionSet, Sendable, Hashable {
  public let rawValue: UInt32

  @inlinable public init(rawValue: UInt32) { self.rawValue = rawValue }

  /// TCP over IPv4.
  @inlinable public static var tcp4: SuperFrameKinds { .init(rawValue: UInt32(ML_SEGMENTS_TCP4)) }
  /// TCP over IPv6.
  @inlinable public static var tcp6: SuperFrameKinds { .init(rawValue: UInt32(ML_SEGMENTS_TCP6)) }
  /// UDP over either (UDP_L4).
  @inlinable public static var udp: SuperFrameKinds { .init(rawValue: UInt32(ML_SEGMENTS_UDP)) }
  public static var all: SuperFrameKinds { [.tcp4, .tcp6, .udp] }

  /// The kinds that the network device segments, or passes on whole, as its features are at this moment (`ethtool -k`);
  /// none when there is no such device. They change at run time: a veth loses them when its peer gets native XDP. Some
  /// microseconds.
  public init(takenBy name: String) {
    let mask = ml_netdev_segmentation(name)
    self.init(rawValue: mask > 0 ? UInt32(mask) : 0)
  }
}
