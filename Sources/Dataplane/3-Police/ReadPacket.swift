import CMillraceABI
import Wire

/// What rules ask of a frame, read from its bytes.
extension Worker {
  /// Whether, and how, a frame's IP header can be read. Behind two tags, or one that is not 802.1Q, nothing is looked for.
  /// - Parameter flags: `FrameHeaders.flags`, as classification found them.
  @inline(__always) mutating func network(of frame: UnsafePointer<Frame>, _ flags: UInt16) -> Packet.Network {
    let isIPv4 = flags & FrameHeaders.Flag.ipv4 != 0
    guard isIPv4 || flags & FrameHeaders.Flag.ipv6 != 0 else { return .none }
    if frame.pointee.has(MR_META_VLAN) && frame.pointee.isTagged { return .none }
    let l3 = UInt32(frame.pointee.l2Length)
    guard l3 &+ (isIPv4 ? 20 : 40) <= frame.pointee.firstLength else { return .unreadable }
    if flags & FrameHeaders.Flag.malformed != 0 {
      let version = (base + Int(frame.pointee.address) + Int(l3)).load(as: UInt8.self) >> 4
      guard version == (isIPv4 ? 4 : 6) else { return .unreadable }
    }
    return isIPv4 ? .ipv4 : .ipv6
  }

  /// All of it.
  mutating func packet(of frame: UnsafePointer<Frame>, _ flags: UInt16, isIn: Bool) -> Packet {
    var packet = Packet()
    let (source, destination) = (frame.pointee.source, frame.pointee.destination)
    (packet.remoteMAC, packet.localMAC) = isIn ? (source, destination) : (destination, source)
    packet.network = network(of: frame, flags)
    guard packet.network.isIP else { return packet }
    readAddresses(of: frame, isIn: isIn, into: &packet)
    // The protocol of an IPv6 fragment is told by its first fragment alone.
    let isFragment = packet.network == .ipv6 && flags & FrameHeaders.Flag.fragment != 0
    let ipProtocol = frame.pointee.ipProtocol
    let isUnknown = frame.pointee.l4Offset == 0 || isFragment
    packet.ipProtocol = isUnknown ? Packet.unknownProtocol : UInt16(ipProtocol)
    if flags & FrameHeaders.Flag.ports != 0 {
      readPorts(of: frame, isIn: isIn, into: &packet)
    } else if isUnknown || ipProtocol == IPProtocol.tcp || ipProtocol == IPProtocol.udp {
      packet.ports = .unknown
    }
    return packet
  }

  @inline(__always) private mutating func readAddresses(
    of frame: UnsafePointer<Frame>, isIn: Bool, into packet: inout Packet
  ) {
    // SAFETY: `network` has proved that the IP header lies in the first part.
    let header = UnsafeRawPointer(base + Int(frame.pointee.address) + Int(frame.pointee.l2Length))
    if packet.network == .ipv4 {
      let (source, destination) = (UInt64(header.big32(12)) << 32, UInt64(header.big32(16)) << 32)
      (packet.remoteHigh, packet.localHigh) = isIn ? (source, destination) : (destination, source)
    } else {
      let (remote, local) = isIn ? (8, 24) : (24, 8)
      (packet.remoteHigh, packet.remoteLow) = (header.big64(remote), header.big64(remote + 8))
      (packet.localHigh, packet.localLow) = (header.big64(local), header.big64(local + 8))
    }
  }

  @inline(__always) private mutating func readPorts(
    of frame: UnsafePointer<Frame>, isIn: Bool, into packet: inout Packet
  ) {
    // SAFETY: the parser found the ports within the first part.
    let l4 = UnsafeRawPointer(base + Int(frame.pointee.address) + Int(frame.pointee.l4Offset))
    let (source, destination) = (l4.big16(0), l4.big16(2))
    packet.ports = .known
    (packet.remotePort, packet.localPort) = isIn ? (source, destination) : (destination, source)
    if frame.pointee.ipProtocol == IPProtocol.tcp && UInt32(frame.pointee.l4Offset) &+ 14 <= frame.pointee.firstLength {
      packet.tcpFlags = l4.byte(13)
    }
  }
}

extension Packet.Network {
  /// Whether addresses were read.
  @inline(__always) var isIP: Bool { self == .ipv4 || self == .ipv6 }
}
