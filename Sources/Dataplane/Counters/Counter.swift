/// What a worker counts for a port: one word each, in that worker's own cache lines, summed when read.
public enum Counter: Int, CaseIterable, Sendable {
  case receivedFrames
  case receivedBytes
  case transmittedFrames
  case transmittedBytes
  case superFramesReceived
  case superFramesTransmitted
  /// Segments that were joined on their way to this port, and the frames they became.
  case joinedSegments
  case joinedFrames
  /// Frames that took this port's VMQ.
  case queueFrames

  // Drops at the port of arrival.
  case dropRunt
  case dropMalformed
  /// To 01:80:C2:00:00:0x, which a bridge never forwards (IEEE 802.1Q).
  case dropReservedAddress
  /// Of a VLAN that the port is not in.
  case dropVLAN
  /// Its destination is behind the port it came from.
  case dropNoOtherPort
  /// From one uplink to another.
  case dropBetweenUplinks
  /// At a team: from a member, or a port behind another member, that sent it.
  case dropReflected
  /// At a team: a frame that another member of the same network delivers.
  case dropOtherMember
  /// A beacon, by which members find out that they are on one network.
  case dropBeacon
  /// No member of the team is live.
  case dropNoMember
  /// A super-frame of a kind that no output can express.
  case dropUnsupportedSegmentation
  /// The arena had no chunk left for a copy; for the segments of a super-frame, then at the port of departure.
  case dropNoFreeFrame
  /// Too many frames waited for their entry to be handed over from another worker.
  case dropMove
  /// More broadcast, multicast and unknown unicast than the port may send.
  case dropStorm

  // Drops by a port's rules: at the port of arrival what its device sent, at the port of departure what it was sent.
  /// A rule denies it.
  case dropACL
  /// IP by its EtherType, but its addresses cannot be read, at a port that denies some.
  case dropACLUnreadable
  /// A stateful rule allows it, but the flow table is full.
  case dropACLFlowsFull

  // Drops at the port of departure.
  /// Longer than the device's MTU.
  case dropOversize
  /// The port's queue was full.
  case dropQueueFull
  /// The device refused the frame, or went while it waited: for the device, or behind a fence at the port of arrival.
  case dropDevice
  /// Active queue management: the frame's flow had waited too long.
  case dropAQM
  /// A copy for a destination of mirroring: no chunk was free for it, its queue was full or its device takes no frame so
  /// long.
  case dropMirror

  /// Words of one worker's counters for one port: a multiple of the cache line.
  public static let stride = 48

  /// The name of a drop reason in `show ports --json`; nil for what is not a drop.
  public var dropReason: String? {
    switch self {
    case .dropRunt: "runt"
    case .dropMalformed: "malformed"
    case .dropReservedAddress: "reservedAddress"
    case .dropVLAN: "vlan"
    case .dropNoOtherPort: "noOtherPort"
    case .dropBetweenUplinks: "betweenUplinks"
    case .dropReflected: "reflected"
    case .dropOtherMember: "otherMember"
    case .dropBeacon: "beacon"
    case .dropNoMember: "noMember"
    case .dropUnsupportedSegmentation: "unsupportedSegmentation"
    case .dropNoFreeFrame: "noFreeFrame"
    case .dropMove: "move"
    case .dropStorm: "storm"
    case .dropACL: "acl"
    case .dropACLUnreadable: "aclUnreadable"
    case .dropACLFlowsFull: "aclFlowsFull"
    case .dropOversize: "oversize"
    case .dropQueueFull: "queueFull"
    case .dropDevice: "device"
    case .dropAQM: "aqm"
    case .dropMirror: "mirror"
    default: nil
    }
  }
}
