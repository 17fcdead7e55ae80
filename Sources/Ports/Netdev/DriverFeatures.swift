import CLinux

/// What a device's driver says it can do with XDP and AF_XDP (kernel, Documentation/netlink/specs/netdev.yaml; 6.3).
public struct DriverFeatures: Sendable, Equatable {
  /// `xdp-features`.
  public struct XDP: OptionSet, Sendable, Hashable {
    public let rawValue: UInt64

    public init(rawValue: UInt64) { self.rawValue = rawValue }

    /// Runs programs itself (`basic`); without it there is generic mode only.
    public static let native = XDP(rawValue: UInt64(ML_XDP_BASIC))
    public static let redirect = XDP(rawValue: UInt64(ML_XDP_REDIRECT))
    /// Reads and writes the frame arena itself (`xsk-zerocopy`).
    public static let zeroCopy = XDP(rawValue: UInt64(ML_XDP_ZERO_COPY))
    /// Frames of several buffers reach the program (`rx-sg`).
    public static let multiBuffer = XDP(rawValue: UInt64(ML_XDP_RECEIVE_SG))
  }

  public var xdp: XDP
  /// The most descriptors of one frame in zero-copy (`xdp-zc-max-segs`); 0 where there is no zero-copy.
  public var zeroCopyParts: Int
  /// Finishes partial checksums that TX metadata asks for in zero-copy (`xsk-features`: `tx-checksum`). In copy mode
  /// the kernel does it, whatever the driver.
  public var zeroCopyChecksum: Bool

  public init(xdp: XDP, zeroCopyParts: Int, zeroCopyChecksum: Bool) {
    self.xdp = xdp
    self.zeroCopyParts = zeroCopyParts
    self.zeroCopyChecksum = zeroCopyChecksum
  }

  /// nil when the kernel does not tell, or there is no such device.
  public init?(interfaceIndex: UInt32) {
    var features = ml_driver_features()
    guard ml_query_driver(interfaceIndex, &features) == 0 else { return nil }
    self.init(
      xdp: XDP(rawValue: features.xdp), zeroCopyParts: Int(features.zc_segments),
      zeroCopyChecksum: features.xsk & UInt64(ML_XSK_TX_CHECKSUM) != 0)
  }
}
