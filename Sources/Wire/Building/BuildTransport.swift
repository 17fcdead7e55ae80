extension FrameBuilder {
  /// A TCP segment (RFC 9293).
  /// - Parameter tcpFlags: the flags byte; 0x10 is ACK, 0x18 PSH and ACK, 0x02 SYN.
  public func tcp(
    _ source: UInt16, _ destination: UInt16, sequence: UInt32 = 1, acknowledgement: UInt32 = 1, tcpFlags: UInt8 = 0x10,
    window: UInt16 = 65535, options: [UInt8] = [], payload: [UInt8] = [], checksum: Checksum = .right
  ) -> [UInt8] {
    var header = Self.big(source) + Self.big(destination) + Self.big(sequence) + Self.big(acknowledgement)
    header += [UInt8((20 + options.count) / 4) << 4, tcpFlags] + Self.big(window) + [0, 0, 0, 0] + options
    return transport(IPProtocol.tcp, header + payload, field: 16, checksum)
  }

  /// A UDP datagram (RFC 768).
  public func udp(
    _ source: UInt16, _ destination: UInt16, payload: [UInt8] = [], checksum: Checksum = .right
  ) -> [UInt8] {
    let length = UInt16(truncatingIfNeeded: 8 + payload.count)
    let header = Self.big(source) + Self.big(destination) + Self.big(length) + [0, 0]
    return transport(IPProtocol.udp, header + payload, field: 6, checksum)
  }

  /// An ICMP or ICMPv6 echo request.
  public func echoRequest(
    identifier: UInt16 = 1, sequence: UInt16 = 1, payload: [UInt8] = [], checksum: Checksum = .right
  ) -> [UInt8] {
    guard let ip else { preconditionFailure("call ipv4 or ipv6 first") }
    let proto = ip.isIPv6 ? IPProtocol.icmpv6 : IPProtocol.icmp
    var message: [UInt8] = [ip.isIPv6 ? 128 : 8, 0, 0, 0] + Self.big(identifier) + Self.big(sequence) + payload
    let covered = (ip.isIPv6 ? ip.pseudoHeader(protocol: proto, length: message.count) : []) + message
    message.replaceSubrange(2..<4, with: Self.big(Self.field(~Self.sum(covered), 0, checksum)))
    return ipPayload(protocol: proto, message)
  }

  private func transport(_ proto: UInt8, _ segment: [UInt8], field: Int, _ checksum: Checksum) -> [UInt8] {
    guard let ip else { preconditionFailure("call ipv4 or ipv6 first") }
    var segment = segment
    let pseudo = ip.pseudoHeader(protocol: proto, length: segment.count)
    var right = ~Self.sum(pseudo + segment)
    if proto == IPProtocol.udp && right == 0 { right = 0xFFFF }
    segment.replaceSubrange(field..<field + 2, with: Self.big(Self.field(right, Self.sum(pseudo), checksum)))
    return ipPayload(protocol: proto, segment)
  }
}
