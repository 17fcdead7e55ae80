extension FrameHeaders {
  /// Reads the headers of the frame at `frame`. Never reads beyond `available`, whatever the bytes say.
  ///
  /// - Parameters:
  ///   - available: readable bytes at `frame`: the first segment of a chain, or the whole frame.
  ///   - total: bytes of the whole frame, at least `available`. Lengths inside the headers are judged by it.
  ///
  /// Headers that lie beyond the first segment or the first 256 bytes leave the frame unhashable, not malformed.
  @inlinable @inline(__always) public init(parsing frame: UnsafeRawPointer, available: Int, total: Int) {
    self.init()
    let reach = min(available, min(total, FrameHeaders.window))
    guard reach >= 14 else {
      flags = Flag.truncated
      return
    }
    destination = MACField.read(frame)
    source = MACField.read(frame + MACField.sourceOffset)
    etherType = frame.big16(12)
    l3Offset = 14
    if etherType == EtherType.vlan {
      guard reach >= 18 else {
        flags = Flag.truncated
        return
      }
      tci = frame.big16(14)
      etherType = frame.big16(16)
      l3Offset = 18
      flags = Flag.tagged
    }
    switch etherType {
    case EtherType.ipv4: parseIPv4(frame, reach: reach, total: total)
    case EtherType.ipv6: parseIPv6(frame, reach: reach, total: total)
    case EtherType.arp: flags |= Flag.arp
    default: break
    }
  }

  /// Marks TCP and UDP ports and hashability, once `l4Offset` and `ipProtocol` are known.
  @inlinable @inline(__always) mutating func parsePorts(reach: Int) {
    guard ipProtocol == IPProtocol.tcp || ipProtocol == IPProtocol.udp else {
      flags |= Flag.hashable
      return
    }
    let end = Int(l4Offset) + 4
    if end > Int(l3Offset) + Int(ipLength) {
      flags |= Flag.malformed
    } else if end <= reach {
      flags |= Flag.ports | Flag.hashable
    }
  }
}
