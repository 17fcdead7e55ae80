extension FrameHeaders {
  /// IPv4 (RFC 791), options included.
  @inlinable @inline(__always) mutating func parseIPv4(_ frame: UnsafeRawPointer, reach: Int, total: Int) {
    flags |= Flag.ipv4
    let l3 = Int(l3Offset)
    guard l3 + 20 <= total else {
      flags |= Flag.malformed
      return
    }
    guard l3 + 20 <= reach else { return }
    let first = frame.byte(l3)
    let headerLength = Int(first & 0xF) * 4
    let length = Int(frame.big16(l3 + 2))
    guard first >> 4 == 4, headerLength >= 20, length >= headerLength, l3 + length <= total else {
      flags |= Flag.malformed
      return
    }
    ipLength = UInt32(truncatingIfNeeded: length)
    l4Offset = UInt16(truncatingIfNeeded: l3 + headerLength)
    ipProtocol = frame.byte(l3 + 9)
    // MF or an offset.
    if frame.big16(l3 + 6) & 0x3FFF != 0 {
      flags |= Flag.fragment
      return
    }
    parsePorts(reach: reach)
  }
}
