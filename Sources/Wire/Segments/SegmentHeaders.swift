extension SegmentLayout {
  /// Which of a super-frame's segments a header is made for.
  public struct Segment: Equatable, Sendable {
    public var index: Int
    /// Of all its segments this is the last.
    public var isLast: Bool
    /// Payload bytes in front of it.
    public var payloadOffset: Int
    /// Bytes of the segment's frame, headers included.
    public var length: Int

    @inlinable public init(index: Int, isLast: Bool, payloadOffset: Int, length: Int) {
      self.index = index
      self.isLast = isLast
      self.payloadOffset = payloadOffset
      self.length = length
    }
  }

  /// Makes a copy of a super-frame's headers those of one of its segments, as segmentation offload does (the kernel's
  /// Documentation/networking/segmentation-offloads.rst): the IPv4 identification and the TCP sequence number count
  /// on, FIN and PSH stay with the last segment, CWR with the first (RFC 3168 6.1.2). The L4 checksum is left partial.
  ///
  /// - Parameters:
  ///   - keepsIdentification: the segments had one IPv4 identification when they were joined.
  ///   - keepsCWR: CWR is a part of AccECN's counter (RFC 9768 3.1), and of every segment.
  @inlinable public func makeSegment(
    _ segment: Segment, of frame: UnsafeMutableRawPointer, keepsIdentification: Bool, keepsCWR: Bool
  ) {
    if !isIPv6 && !keepsIdentification {
      let first = UnsafeRawPointer(frame).big16(l3Offset + 4)
      frame.setBig16(first &+ UInt16(truncatingIfNeeded: segment.index), l3Offset + 4)
    }
    if isTCP {
      let first = UnsafeRawPointer(frame).big32(l4Offset + 4)
      frame.setBig32(first &+ UInt32(truncatingIfNeeded: segment.payloadOffset), l4Offset + 4)
      var flags = UnsafeRawPointer(frame).byte(l4Offset + 13)
      if !segment.isLast { flags &= ~(TCPFlag.fin | TCPFlag.psh) }
      if segment.index > 0 && !keepsCWR { flags &= ~TCPFlag.cwr }
      frame.storeBytes(of: flags, toByteOffset: l4Offset + 13, as: UInt8.self)
    }
    setLength(segment.length, of: frame)
  }
}

/// Bits of the TCP flags byte (RFC 9293 3.1).
public enum TCPFlag {
  @inlinable public static var fin: UInt8 { 0x01 }
  @inlinable public static var syn: UInt8 { 0x02 }
  @inlinable public static var rst: UInt8 { 0x04 }
  @inlinable public static var psh: UInt8 { 0x08 }
  @inlinable public static var ack: UInt8 { 0x10 }
  @inlinable public static var urg: UInt8 { 0x20 }
  @inlinable public static var cwr: UInt8 { 0x80 }
}
