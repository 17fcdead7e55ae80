import CMillraceABI
import Wire

/// What rules ask of a frame, read from its bytes.
extension Worker {
  /// Whether, and how, a frame's IP header can be read. Behind two tags, or one that is not 802.1Q, nothing is looked for:
  /// it may be IP, as receivers strip such tags when they name no VLAN.
  /// - Parameter flags: `FrameHeaders.flags`, as classification found them.
  @inline(__always) mutating func network(of frame: UnsafePointer<Frame>, _ flags: UInt16) -> Packet.Network {
    let isIPv4 = flags & FrameHeaders.Flag.ipv4 != 0
    if frame.pointee.has(MR_META_VLAN) && frame.pointee.isTagged { return .unreadable }
    guard isIPv4 || flags & FrameHeaders.Flag.ipv6 != 0 else { return isBehindTag(frame) ? .unreadable : .none }
    let l3 = UInt32(frame.pointee.l2Length)
    guard l3 &+ (isIPv4 ? 20 : 40) <= frame.pointee.firstLength else { return .unreadable }
    if flags & FrameHeaders.Flag.malformed != 0 {
      let version = (base + Int(frame.pointee.address) + Int(l3)).load(as: UInt8.self) >> 4
      guard version == (isIPv4 ? 4 : 6) else { return .unreadable }
    }
    return isIPv4 ? .ipv4 : .ipv6
  }

  /// Whether another tag follows what was looked through.
  @inline(never) private func isBehindTag(_ frame: UnsafePointer<Frame>) -> Bool {
    // SAFETY: `classify` found the Ethernet header and a tag whole.
    EtherType.isVLAN(
      UnsafeRawPointer(base + Int(frame.pointee.address)).big16(Int(frame.pointee.l2Length) - 2))
  }

  /// All of it.
  mutating func packet(of frame: UnsafePointer<Frame>, _ flags: UInt16, isIn: Bool) -> Packet {
    var packet = Packet()
    let (source, destination) = (frame.pointee.source, frame.pointee.destination)
    (packet.remoteMAC, packet.localMAC) = isIn ? (source, destination) : (destination, source)
    packet.network = network(of: frame, flags)
    guard packet.network.isIP else { return packet }
    let (remote, local) = ends(of: frame, flags, packet.network, isIn: isIn)
    (packet.remoteHigh, packet.remoteLow, packet.remotePort) = (remote.high, remote.low, remote.port)
    (packet.localHigh, packet.localLow, packet.localPort) = (local.high, local.low, local.port)
    let isKnown = tellsProtocol(frame, flags, packet.network)
    packet.ipProtocol = isKnown ? UInt16(frame.pointee.ipProtocol) : Packet.unknownProtocol
    if flags & FrameHeaders.Flag.ports != 0 {
      packet.ports = .known
    } else if !isKnown || hasPorts(frame.pointee.ipProtocol) {
      packet.ports = .unknown
    }
    return packet
  }

  /// The flow of a frame with a readable IP header at a port; nil when it does not say which.
  @inline(__always) mutating func flowKey(
    of frame: UnsafePointer<Frame>, _ flags: UInt16, _ network: Packet.Network, _ rules: UnsafePointer<RuleSet>
  ) -> FlowKey? {
    flowKey(of: frame, flags, network, isIn: rules.pointee.isIn, port: rules.pointee.port)
  }

  @inline(__always) mutating func flowKey(
    of frame: UnsafePointer<Frame>, _ flags: UInt16, _ network: Packet.Network, isIn: Bool, port: UInt16
  ) -> FlowKey? {
    let ipProtocol = frame.pointee.ipProtocol
    guard tellsProtocol(frame, flags, network), flags & FrameHeaders.Flag.ports != 0 || !hasPorts(ipProtocol) else {
      return nil
    }
    let (remote, local) = ends(of: frame, flags, network, isIn: isIn)
    return FlowKey(
      local: local, remote: remote, ipProtocol: ipProtocol, isIPv6: network == .ipv6, port: port,
      vlan: frame.pointee.vlan)
  }

  /// Byte 13 of a TCP header; 0 when there is none to read.
  @inline(__always) mutating func tcpFlags(of frame: UnsafePointer<Frame>, _ flags: UInt16) -> UInt8 {
    guard flags & FrameHeaders.Flag.ports != 0, frame.pointee.ipProtocol == IPProtocol.tcp,
      UInt32(frame.pointee.l4Offset) &+ 14 <= frame.pointee.firstLength
    else { return 0 }
    // SAFETY: the byte lies in the first part.
    return UnsafeRawPointer(base + Int(frame.pointee.address) + Int(frame.pointee.l4Offset)).byte(13)
  }

  /// The protocol of an IPv6 fragment is told by its first fragment alone.
  @inline(__always) private func tellsProtocol(
    _ frame: UnsafePointer<Frame>, _ flags: UInt16, _ network: Packet.Network
  ) -> Bool {
    frame.pointee.l4Offset != 0 && !(network == .ipv6 && flags & FrameHeaders.Flag.fragment != 0)
  }

  @inline(__always) private func hasPorts(_ ipProtocol: UInt8) -> Bool {
    ipProtocol == IPProtocol.tcp || ipProtocol == IPProtocol.udp
  }

  @inline(__always) private mutating func ends(
    of frame: UnsafePointer<Frame>, _ flags: UInt16, _ network: Packet.Network, isIn: Bool
  ) -> (remote: PacketEnd, local: PacketEnd) {
    // SAFETY: `network` has proved that the IP header lies in the first part, the parser that ports do.
    let start = UnsafeRawPointer(base + Int(frame.pointee.address))
    let header = start + Int(frame.pointee.l2Length)
    let ports = flags & FrameHeaders.Flag.ports != 0 ? (start + Int(frame.pointee.l4Offset)).big32(0) : 0
    var (source, destination) = (
      PacketEnd(high: 0, low: 0, port: UInt16(truncatingIfNeeded: ports >> 16)),
      PacketEnd(high: 0, low: 0, port: UInt16(truncatingIfNeeded: ports))
    )
    if network == .ipv4 {
      (source.high, destination.high) = (UInt64(header.big32(12)) << 32, UInt64(header.big32(16)) << 32)
    } else {
      (source.high, source.low) = (header.big64(8), header.big64(16))
      (destination.high, destination.low) = (header.big64(24), header.big64(32))
    }
    return isIn ? (source, destination) : (destination, source)
  }
}

extension Packet.Network {
  /// Whether addresses were read.
  @inline(__always) var isIP: Bool { self == .ipv4 || self == .ipv6 }
}
