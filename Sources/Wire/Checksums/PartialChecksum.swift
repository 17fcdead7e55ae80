/// A readable and writable piece of a frame.
public struct FrameSegment {
  public var base: UnsafeMutableRawPointer
  public var count: Int

  @inlinable public init(_ base: UnsafeMutableRawPointer, _ count: Int) { (self.base, self.count) = (base, count) }
}

/// Checksums that a sender left to hardware: the field holds the pseudo-header sum, the rest is still to be added
/// (Linux: CHECKSUM_PARTIAL).
public enum PartialChecksum {
  /// Whether the frame's L4 checksum field equals its pseudo-header sum, as a partial checksum does.
  ///
  /// A guess, for frames that come with no word from the kernel. A finished checksum looks so once in 65,536; if
  /// it is right, completing it again stores the same value.
  /// - Parameter available: readable bytes at `frame`.
  @inlinable
  public static func looksPartial(_ headers: FrameHeaders, _ frame: UnsafeRawPointer, available: Int) -> Bool {
    guard let place = headers.l4ChecksumOffset else { return false }
    let field = Int(headers.l4Offset) + place
    guard field + 2 <= available, place + 2 <= headers.l4Length else { return false }
    return frame.big16(field) == headers.pseudoHeaderSum(frame).network
  }

  /// Finishes a partial checksum of a frame in one piece: sums `frame[start ..< end]`, where the field holds the
  /// pseudo-header sum, and stores the complement at `start + offset`. 0 is stored as 0xFFFF, as Linux does.
  /// - Parameter end: where the L4 bytes end; padding behind them does not count.
  /// - Returns: false, and nothing is written, when the field does not lie in the frame.
  @inlinable @discardableResult
  public static func complete(_ frame: UnsafeMutableRawPointer, start: Int, offset: Int, end: Int) -> Bool {
    guard start >= 0, offset >= 0, start + offset + 2 <= end else { return false }
    var sum = ChecksumSum()
    sum.add(UnsafeRawPointer(frame) + start, end - start)
    frame.setBig16(sum.transportChecksum, start + offset)
    return true
  }

  /// Finishes a partial checksum of a frame in several pieces. The field must lie in the first.
  /// - Parameter end: where the L4 bytes end, counted from the frame's first byte.
  /// - Returns: false, and nothing is written, when the field does not lie in the first segment or the segments
  ///   are shorter than `end`.
  @inlinable @discardableResult
  public static func complete(
    _ segments: UnsafeBufferPointer<FrameSegment>, start: Int, offset: Int, end: Int
  ) -> Bool {
    guard let first = segments.first, start >= 0, offset >= 0, start + offset + 2 <= min(end, first.count) else {
      return false
    }
    var sum = ChecksumSum()
    // Bytes of the frame before the segment at hand.
    var before = 0
    for segment in segments {
      let from = max(start - before, 0)
      let to = min(segment.count, end - before)
      if from < to { sum.add(UnsafeRawPointer(segment.base) + from, to - from) }
      before += segment.count
      if before >= end { break }
    }
    guard before >= end else { return false }
    first.base.setBig16(sum.transportChecksum, start + offset)
    return true
  }
}
