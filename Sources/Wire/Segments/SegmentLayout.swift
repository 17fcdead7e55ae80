/// Where the headers of a TCP or UDP frame lie: what cutting a super-frame and joining segments need to know.
public struct SegmentLayout: Equatable, Sendable {
  /// The IP header, behind the Ethernet header and a tag.
  public var l3Offset: Int
  public var l4Offset: Int
  /// Bytes of the TCP or UDP header, options included.
  public var l4HeaderLength: Int
  public var isIPv6: Bool
  /// TCP, else UDP.
  public var isTCP: Bool

  @inlinable public init(l3Offset: Int, l4Offset: Int, l4HeaderLength: Int, isIPv6: Bool, isTCP: Bool) {
    self.l3Offset = l3Offset
    self.l4Offset = l4Offset
    self.l4HeaderLength = l4HeaderLength
    self.isIPv6 = isIPv6
    self.isTCP = isTCP
  }

  /// Bytes in front of the payload.
  @inlinable public var headerLength: Int { l4Offset + l4HeaderLength }

  /// Where the L4 checksum stands, from `l4Offset`.
  @inlinable public var checksumOffset: Int { isTCP ? 16 : 6 }

  /// Writes the lengths of a frame of `length` bytes into its IP and UDP header, IPv4's header checksum anew, and the
  /// pseudo-header sum into the L4 checksum, which is partial from then on.
  ///
  /// `frame` must hold the headers.
  @inlinable public func setLength(_ length: Int, of frame: UnsafeMutableRawPointer) {
    if isIPv6 {
      frame.setBig16(UInt16(truncatingIfNeeded: length - l3Offset - 40), l3Offset + 4)
    } else {
      frame.setBig16(UInt16(truncatingIfNeeded: length - l3Offset), l3Offset + 2)
      frame.setBig16(0, l3Offset + 10)
      var header = ChecksumSum()
      header.add(frame + l3Offset, l4Offset - l3Offset)
      frame.setBig16(header.checksum, l3Offset + 10)
    }
    if !isTCP { frame.setBig16(UInt16(truncatingIfNeeded: length - l4Offset), l4Offset + 4) }
    frame.setBig16(pseudoHeaderSum(frame, length: length).network, l4Offset + checksumOffset)
  }

  /// The sum over the pseudo-header of a frame of `length` bytes: addresses, protocol, L4 length.
  @inlinable public func pseudoHeaderSum(_ frame: UnsafeRawPointer, length: Int) -> ChecksumSum {
    var sum = ChecksumSum()
    if isIPv6 { sum.add(frame + l3Offset + 8, 32) } else { sum.add(frame + l3Offset + 12, 8) }
    let l4Length = length - l4Offset
    sum.add(UInt16(truncatingIfNeeded: l4Length >> 16))
    sum.add(UInt16(truncatingIfNeeded: l4Length))
    sum.add(UInt16(isTCP ? IPProtocol.tcp : IPProtocol.udp))
    return sum
  }
}
