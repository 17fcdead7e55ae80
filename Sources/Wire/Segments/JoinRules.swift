/// The rules by which consecutive segments of a flow are joined into a super-frame, so that a receiver cannot tell:
/// those of the kernel's GRO (net/ipv4/tcp_offload.c, udp_offload.c, af_inet.c; net/ipv6/ip6_offload.c).
///
/// Checksums are not judged here: `checksumIsRight`.
public enum JoinRules {
  /// The longest super-frame, and the most datagrams in one (the kernel's UDP_GRO_CNT_MAX).
  @inlinable public static var longestFrame: Int { 65_535 }
  @inlinable public static var mostDatagrams: Int { 64 }

  /// Where the headers of a frame lie, or nil when it may not be joined with any: IPv4 options, IPv6 extension
  /// headers, padding behind the packet, no payload, a wrong IPv4 header checksum, a UDP datagram without checksum.
  ///
  /// - Parameters:
  ///   - available: readable bytes at `frame`; all headers and some payload must lie in them.
  ///   - length: bytes of the whole frame.
  ///   - l4Offset: TCP's or UDP's; the frame is not a fragment.
  @inlinable public static func layout(
    _ frame: UnsafeRawPointer, available: Int, length: Int, l3Offset: Int, l4Offset: Int, isIPv6: Bool, isTCP: Bool
  ) -> SegmentLayout? {
    if isIPv6 {
      guard l4Offset == l3Offset + 40, length - l4Offset == Int(frame.big16(l3Offset + 4)) else { return nil }
    } else {
      guard l4Offset == l3Offset + 20, length - l3Offset == Int(frame.big16(l3Offset + 2)) else { return nil }
      var sum = ChecksumSum()
      sum.add(frame + l3Offset, 20)
      guard sum.network == 0xFFFF else { return nil }
    }
    var headerLength = 8
    if isTCP {
      guard l4Offset + 20 <= available else { return nil }
      headerLength = Int(frame.byte(l4Offset + 12) >> 4) * 4
      guard headerLength >= 20 else { return nil }
    } else {
      guard l4Offset + 8 <= available, frame.big16(l4Offset + 6) != 0,
        Int(frame.big16(l4Offset + 4)) == length - l4Offset
      else { return nil }
    }
    guard l4Offset + headerLength < available else { return nil }
    return SegmentLayout(
      l3Offset: l3Offset, l4Offset: l4Offset, l4HeaderLength: headerLength, isIPv6: isIPv6, isTCP: isTCP)
  }

  /// Whether a frame may be the first of several: TCP segments that say something of their own are left alone.
  @inlinable public static func mayBegin(_ frame: UnsafeRawPointer, _ layout: SegmentLayout) -> Bool {
    if !layout.isTCP { return true }
    let alone = TCPFlag.fin | TCPFlag.syn | TCPFlag.rst | TCPFlag.psh | TCPFlag.urg
    return frame.byte(layout.l4Offset + 13) & alone == 0
  }

  /// Whether a frame's headers are the first frame's but for what every segment has of its own: lengths,
  /// identification, sequence number, FIN, PSH, checksums. Both have the same layout.
  @inlinable public static func haveEqualHeaders(
    _ first: UnsafeRawPointer, _ next: UnsafeRawPointer, _ layout: SegmentLayout
  ) -> Bool {
    let (l3, l4) = (layout.l3Offset, layout.l4Offset)
    guard areEqual(first, next, 0, l3), first.big32(l4) == next.big32(l4) else { return false }
    if layout.isIPv6 {
      // Version, traffic class and flow label; next header and hop limit; addresses.
      guard first.big32(l3) == next.big32(l3), first.big16(l3 + 6) == next.big16(l3 + 6),
        areEqual(first, next, l3 + 8, 32)
      else { return false }
    } else {
      // Version, length and type of service; flags; time to live and protocol; addresses.
      guard first.big16(l3) == next.big16(l3), first.big16(l3 + 6) == next.big16(l3 + 6),
        first.big16(l3 + 8) == next.big16(l3 + 8), areEqual(first, next, l3 + 12, 8)
      else { return false }
    }
    if !layout.isTCP { return true }
    // Acknowledgement; header length, flags and window; urgent pointer; options.
    let difference = (first.big32(l4 + 12) ^ next.big32(l4 + 12)) & ~ownFlags
    return first.big32(l4 + 8) == next.big32(l4 + 8) && difference == 0
      && first.big16(l4 + 18) == next.big16(l4 + 18)
      && next.byte(l4 + 13) & TCPFlag.cwr == 0
      && areEqual(first, next, l4 + 20, layout.l4HeaderLength - 20)
  }

  /// Of the word that holds TCP's flags: those a segment has of its own. CWR may only be the first's.
  @inlinable static var ownFlags: UInt32 { UInt32(TCPFlag.fin | TCPFlag.psh | TCPFlag.cwr) << 16 }

  /// Whether an IPv4 identification continues: counting on, or, where fragmentation is forbidden and it therefore
  /// means nothing (RFC 6864 4.1), staying as it is. - Parameter index: of the segment, from the first.
  @inlinable public static func identificationContinues(
    _ first: UnsafeRawPointer, _ next: UnsafeRawPointer, _ layout: SegmentLayout, index: Int, stays: Bool
  ) -> Bool {
    if layout.isIPv6 { return true }
    let l3 = layout.l3Offset
    let expected = stays ? 0 : UInt16(truncatingIfNeeded: index)
    guard next.big16(l3 + 4) == first.big16(l3 + 4) &+ expected else { return false }
    return !stays || first.byte(l3 + 6) & 0x40 != 0
  }

  @inlinable @inline(__always) static func areEqual(
    _ first: UnsafeRawPointer, _ next: UnsafeRawPointer, _ offset: Int, _ count: Int
  ) -> Bool {
    var difference: UInt32 = 0
    var i = offset
    let end = offset + count
    while i + 4 <= end {
      difference |= first.big32(i) ^ next.big32(i)
      i += 4
    }
    while i + 2 <= end {
      difference |= UInt32(first.big16(i) ^ next.big16(i))
      i += 2
    }
    return difference == 0
  }
}
