import Wire

/// Fields of a frame's headers that classification does not keep; `start` is its first byte.
extension Frame {
  /// An IP packet whose header is whole.
  @inline(__always) var isIP: Bool { l4Offset != 0 }

  @inline(__always) func dscp(_ start: UnsafeRawPointer) -> UInt8 {
    isIPv6 ? UInt8(truncatingIfNeeded: start.big16(Int(l3Offset)) >> 6) & 63 : start.byte(Int(l3Offset) + 1) >> 2
  }

  /// Source and destination port of a TCP or UDP packet that is no fragment.
  @inline(__always) func ports(_ start: UnsafeRawPointer) -> UInt32? {
    guard ipProtocol == IPProtocol.tcp || ipProtocol == IPProtocol.udp, UInt32(l4Offset) &+ 4 <= firstLength else {
      return nil
    }
    let isFragment =
      isIPv6 ? start.byte(Int(l3Offset) + 6) == IPProtocol.fragment : start.big16(Int(l3Offset) + 6) & 0x3FFF != 0
    return isFragment ? nil : start.big32(Int(l4Offset))
  }

  /// An address, IPv4 in the highest 32 bits.
  @inline(__always)
  func address(_ start: UnsafeRawPointer, isDestination: Bool) -> (high: UInt64, low: UInt64) {
    let l3 = Int(l3Offset)
    if !isIPv6 { return (UInt64(start.big32(l3 + (isDestination ? 16 : 12))) << 32, 0) }
    let at = l3 + (isDestination ? 24 : 8)
    return (start.big64(at), start.big64(at + 8))
  }

  /// A number that is the same for all frames of a flow.
  @inline(__always) func flowKey(_ start: UnsafeRawPointer) -> UInt32 {
    var key = source ^ destination << 16
    if isIP {
      let (from, to) = (address(start, isDestination: false), address(start, isDestination: true))
      key = from.high ^ from.low &* 0x9E37_79B9_7F4A_7C15 ^ (to.high ^ to.low &* 0xC2B2_AE3D_27D4_EB4F) >> 7
      key ^= UInt64(ports(start) ?? 0) | UInt64(ipProtocol) << 40
    }
    key = (key ^ key >> 31) &* 0xBF58_476D_1CE4_E5B9
    return UInt32(truncatingIfNeeded: key >> 32)
  }

  /// Rewrites DSCP; the two bits of ECN stay.
  @inline(__always) func setDscp(_ dscp: UInt8, _ start: UnsafeMutableRawPointer) {
    guard isIP else { return }
    setTrafficClass(dscp << 2 | trafficClass(UnsafeRawPointer(start)) & 3, start)
  }

  /// Marks congestion experienced (RFC 3168); false when the flow does not know ECN.
  @inline(__always) func markCongestion(_ start: UnsafeMutableRawPointer) -> Bool {
    guard isIP else { return false }
    let old = trafficClass(UnsafeRawPointer(start))
    if old & 3 == 0 { return false }
    if old & 3 != 3 { setTrafficClass(old | 3, start) }
    return true
  }

  @inline(__always) private func trafficClass(_ start: UnsafeRawPointer) -> UInt8 {
    isIPv6 ? UInt8(truncatingIfNeeded: start.big16(Int(l3Offset)) >> 4) : start.byte(Int(l3Offset) + 1)
  }

  private func setTrafficClass(_ value: UInt8, _ start: UnsafeMutableRawPointer) {
    let l3 = Int(l3Offset)
    let word = UnsafeRawPointer(start).big16(l3)
    if isIPv6 {
      start.setBig16(word & 0xF00F | UInt16(value) << 4, l3)
      return
    }
    let new = word & 0xFF00 | UInt16(value)
    start.setBig16(new, l3)
    // RFC 1624, equation 3.
    var sum = UInt32(~UnsafeRawPointer(start).big16(l3 + 10)) &+ UInt32(~word) &+ UInt32(new)
    sum = (sum & 0xFFFF) &+ (sum >> 16)
    sum = (sum & 0xFFFF) &+ (sum >> 16)
    start.setBig16(~UInt16(truncatingIfNeeded: sum), l3 + 10)
  }
}
