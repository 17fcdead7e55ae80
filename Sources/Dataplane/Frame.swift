import CMillraceABI
import Wire

/// One frame on the road: where its bytes are and what the stages found out about it. 64 bytes, trivial.
///
/// A frame is a chain of parts when it does not fit one chunk; the first part is described here, the others in
/// `ChunkTable.links`.
public struct Frame {
  /// Arena offset of the first byte.
  public var address: UInt64 = 0
  /// Destination and source MAC address, as in `MACAddress.value`.
  public var destination: UInt64 = 0
  public var source: UInt64 = 0
  /// Bytes of the whole frame, without FCS.
  public var length: UInt32 = 0
  /// Bytes of the first part.
  public var firstLength: UInt32 = 0
  /// Toeplitz hash, when `flags` says so.
  public var hash: UInt32 = 0
  /// `MR_META_…`: what the XDP program or the vnet header told.
  public var flags: UInt16 = 0
  /// The VLAN tag the kernel kept beside the frame.
  public var vlanTCI: UInt16 = 0
  /// Payload bytes of a super-frame's segments; 0 for an ordinary frame.
  public var gsoSize: UInt16 = 0
  public var gsoSegments: UInt16 = 0
  /// With MR_META_PARTIAL: where the L4 header starts and where in it the checksum is.
  public var checksumStart: UInt16 = 0
  public var checksumOffset: UInt16 = 0
  /// The VLAN the frame belongs to; 0 is the network of untagged frames.
  public var vlan: UInt16 = 0
  public var input: UInt16 = 0
  /// Offset of the L4 header; 0 when there is none to be found.
  public var l4Offset: UInt16 = 0
  public var state: State = .live
  /// Bytes of the L2 header, a tag in the frame included.
  public var l2Length: UInt8 = 14
  /// Offset of the L3 header; behind further tags, if there are.
  public var l3Offset: UInt8 = 14
  public var ipProtocol: UInt8 = 0
  public var isIPv6 = false
  /// Parts of the chain.
  public var parts: UInt8 = 1
  /// Bytes of a super-frame's L4 header.
  public var l4HeaderLength: UInt8 = 0
  public var joining: Joining = .never
  /// Segments joined to a super-frame whose headers are still the first segment's.
  public var isJoined = false

  public enum State: UInt8 {
    case live
    /// Dropped and counted: later stages pass it over.
    case gone
  }

  /// What a frame is to segment coalescing.
  public enum Joining: UInt8 {
    /// Of no port that joins segments, or of no flow.
    case never
    /// A TCP or UDP frame: may be joined with others of its flow.
    case segment
    /// A fragment: of a flow, but of which it does not say. No later frame may be joined to an earlier one.
    case barrier
  }

  @inlinable public init() {}

  @inlinable func has(_ flag: Int) -> Bool { flags & UInt16(truncatingIfNeeded: flag) != 0 }

  /// Nobody is to be given a copy of it any more, for destinations of mirroring have one or need none.
  var isMirrored: Bool {
    get { has(Self.mirroredFlag) }
    set { set(Self.mirroredFlag, newValue) }
  }

  /// A copy for a destination of mirroring.
  var isMirrorCopy: Bool {
    get { has(Self.mirrorCopyFlag) }
    set { set(Self.mirrorCopyFlag, newValue) }
  }

  /// Of `flags`, above those that arrive with a frame.
  private static var mirroredFlag: Int { 1 << 14 }
  private static var mirrorCopyFlag: Int { 1 << 15 }

  private mutating func set(_ flag: Int, _ value: Bool) {
    flags = value ? flags | UInt16(flag) : flags & ~UInt16(flag)
  }

  /// For several stations: broadcast or multicast.
  @inlinable var isToGroup: Bool { destination & (1 << 40) != 0 }

  /// A super-frame: one header, many segments.
  @inlinable var isSuperFrame: Bool { gsoSize != 0 }

  /// Whether a VLAN tag sits in the frame's bytes.
  @inlinable var isTagged: Bool { l2Length == 18 }

  /// Bytes that leave on the wire: a super-frame counts as the sum of its segments' frames.
  @inlinable var wireLength: UInt32 {
    guard isSuperFrame else { return length }
    let segments = UInt32(max(1, gsoSegments))
    return length &+ (segments &- 1) &* headerLength
  }

  /// Where a super-frame's headers lie.
  @inlinable var layout: SegmentLayout {
    SegmentLayout(
      l3Offset: Int(l3Offset), l4Offset: Int(l4Offset), l4HeaderLength: Int(l4HeaderLength), isIPv6: isIPv6,
      isTCP: ipProtocol == IPProtocol.tcp)
  }

  /// Bytes of a super-frame's headers, repeated in every segment.
  @inlinable var headerLength: UInt32 { UInt32(l4Offset) &+ UInt32(l4HeaderLength) }
}
