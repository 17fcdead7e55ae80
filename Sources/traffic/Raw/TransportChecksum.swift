import Wire

/// The TCP or UDP checksum of a whole frame.
struct TransportChecksum {
  /// Where the L4 header begins, and where in it the field stands.
  let start: Int
  let offset: Int
  private let end: Int
  private let pseudoHeader: ChecksumSum
  private let isUDP: Bool

  enum State: String, Encodable {
    case right, wrong
    /// The pseudo-header sum: left to hardware.
    case partial
    /// UDP over IPv4 without one.
    case none
  }

  /// Nil when the frame is no whole TCP segment or UDP datagram.
  init?(of frame: [UInt8]) {
    let facts = frame.withUnsafeBytes { bytes -> (FrameHeaders, ChecksumSum)? in
      guard let base = bytes.baseAddress else { return nil }
      let headers = FrameHeaders(parsing: base, available: bytes.count, total: bytes.count)
      guard headers.hasPorts, !headers.isMalformed else { return nil }
      return (headers, headers.pseudoHeaderSum(base))
    }
    guard let (headers, sum) = facts, let offset = headers.l4ChecksumOffset, headers.l4Length >= offset + 2 else {
      return nil
    }
    start = Int(headers.l4Offset)
    self.offset = offset
    end = start + headers.l4Length
    pseudoHeader = sum
    isUDP = offset == 6
  }

  /// What stands in the field. A finished checksum that happens to equal the pseudo-header sum counts as right.
  func state(in frame: [UInt8]) -> State {
    let field = value(in: frame)
    if isUDP && field == 0 { return .none }
    if field == right(frame) { return .right }
    return field == pseudoHeader.network ? .partial : .wrong
  }

  func complete(_ frame: inout [UInt8]) { set(right(frame), in: &frame) }
  func makePartial(_ frame: inout [UInt8]) { set(pseudoHeader.network, in: &frame) }

  /// Two bits off, and neither partial nor none.
  func spoil(_ frame: inout [UInt8]) {
    let right = right(frame)
    for flip in [UInt16(0x0101), 0x0202, 0x0404] where right ^ flip != 0 && right ^ flip != pseudoHeader.network {
      return set(right ^ flip, in: &frame)
    }
  }

  private func value(in frame: [UInt8]) -> UInt16 {
    UInt16(frame[start + offset]) << 8 | UInt16(frame[start + offset + 1])
  }

  private func set(_ value: UInt16, in frame: inout [UInt8]) {
    frame[start + offset] = UInt8(value >> 8)
    frame[start + offset + 1] = UInt8(value & 0xFF)
  }

  private func right(_ frame: [UInt8]) -> UInt16 {
    var copy = frame
    set(0, in: &copy)
    var sum = pseudoHeader
    copy.withUnsafeBytes { sum.add($0.baseAddress! + start, end - start) }
    return sum.transportChecksum
  }
}
