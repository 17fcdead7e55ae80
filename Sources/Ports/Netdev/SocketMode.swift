import Rings

/// How the AF_XDP sockets of a device are bound.
public struct SocketMode: Sendable, Equatable {
  /// The kernel copies between the arena and the driver's buffers, though the driver may know zero-copy.
  public var forceCopy: Bool
  /// Frames may be chains of descriptors.
  public var multiBuffer: Bool
  /// Why frames are copied although the driver knows zero-copy, and what would change it; nil when they are not.
  public var reason: String?

  /// The best that the driver allows.
  /// - Parameter isGeneric: the XDP program runs in generic mode, where zero-copy sockets receive nothing.
  public init(_ facts: NetdevFacts, isGeneric: Bool) {
    forceCopy = isGeneric
    multiBuffer = true
    guard !isGeneric, let features = facts.driverFeatures else { return }
    guard features.xdp.contains(.zeroCopy) else {
      forceCopy = true
      return
    }
    if features.xdp.contains(.multiBuffer) && features.zeroCopyParts > 1 { return }
    // The kernel would fall back to copy mode when chains are asked for.
    if facts.mtu <= Self.longestSinglePart {
      multiBuffer = false
    } else {
      forceCopy = true
      reason =
        "zero-copy of \(facts.driver) takes no frame longer than a chunk; an MTU of \(Self.longestSinglePart) "
        + "or less would use it"
    }
  }

  /// The MTU whose frames fit one chunk, with Ethernet header, tag and FCS.
  static let longestSinglePart = FrameArena.partCapacity - 14 - 4 - 4
}
