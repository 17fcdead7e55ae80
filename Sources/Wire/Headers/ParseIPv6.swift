import CMillraceABI

extension FrameHeaders {
  /// IPv6 (RFC 8200): walks hop-by-hop, routing and destination options, at most 8 of them.
  @inlinable mutating func parseIPv6(_ frame: UnsafeRawPointer, reach: Int, total: Int) {
    flags |= Flag.ipv6
    let l3 = Int(l3Offset)
    guard l3 + 40 <= total else {
      flags |= Flag.malformed
      return
    }
    guard l3 + 40 <= reach else { return }
    let length = 40 + Int(frame.big16(l3 + 4))
    guard frame.byte(l3) >> 4 == 6, l3 + length <= total else {
      flags |= Flag.malformed
      return
    }
    ipLength = UInt32(truncatingIfNeeded: length)
    var header = frame.byte(l3 + 6)
    var offset = l3 + 40
    var walked = 0
    while header == IPProtocol.hopByHopOptions || header == IPProtocol.routing
      || header == IPProtocol.destinationOptions
    {
      guard offset + 8 <= l3 + length else {
        flags |= Flag.malformed
        return
      }
      guard offset + 8 <= reach, walked < MR_MAX_EXTENSION_HEADERS else { return }
      header = frame.byte(offset)
      offset += (Int(frame.byte(offset + 1)) + 1) * 8
      walked += 1
    }
    guard offset <= l3 + length else {
      flags |= Flag.malformed
      return
    }
    l4Offset = UInt16(truncatingIfNeeded: offset)
    ipProtocol = header
    if header == IPProtocol.fragment {
      flags |= Flag.fragment
      return
    }
    parsePorts(reach: reach)
  }
}
