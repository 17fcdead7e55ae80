extension FrameHeaders {
  /// Bytes from `l4Offset` to the IP packet's end.
  @inlinable public var l4Length: Int { Int(l3Offset) + Int(ipLength) - Int(l4Offset) }

  /// The sum over the pseudo-header: addresses, protocol, L4 length (RFC 9293 3.1, RFC 768, RFC 8200 8.1).
  ///
  /// Needs an IP frame with a known `l4Offset`. A routing header that still has segments to visit names another final
  /// destination than the IPv6 header does: the sum is wrong then.
  /// - Parameter frame: the bytes these headers were parsed from.
  @inlinable public func pseudoHeaderSum(_ frame: UnsafeRawPointer) -> ChecksumSum {
    // SAFETY: l4Offset is set only when the IP header was readable.
    var sum = ChecksumSum()
    let l3 = frame + Int(l3Offset)
    if isIPv4 { sum.add(l3 + 12, 8) } else { sum.add(l3 + 8, 32) }
    let length = UInt32(truncatingIfNeeded: l4Length)
    sum.add(UInt16(truncatingIfNeeded: length >> 16))
    sum.add(UInt16(truncatingIfNeeded: length))
    sum.add(UInt16(ipProtocol))
    return sum
  }

  /// Where the L4 checksum stands from `l4Offset`: 16 in TCP, 6 in UDP. Nil for the rest and for fragments.
  @inlinable public var l4ChecksumOffset: Int? {
    guard hasPorts else { return nil }
    return ipProtocol == IPProtocol.tcp ? 16 : 6
  }
}
