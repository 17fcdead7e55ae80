/// Segmentation as a receiver would undo coalescing: written from the RFCs, byte by byte, to compare with.
enum NaiveSegments {
  /// Where the IP header begins: behind any tags.
  static func l3(_ frame: [UInt8]) -> Int {
    var offset = 12
    while frame[offset] == 0x81 && frame[offset + 1] == 0x00 { offset += 4 }
    return offset + 2
  }

  static func value16(_ frame: [UInt8], _ offset: Int) -> Int { Int(frame[offset]) << 8 | Int(frame[offset + 1]) }

  static func value32(_ frame: [UInt8], _ offset: Int) -> UInt32 {
    UInt32(value16(frame, offset)) << 16 | UInt32(value16(frame, offset + 2))
  }

  private static func isIPv6(_ frame: [UInt8]) -> Bool { frame[l3(frame)] >> 4 == 6 }
  private static func l4(_ frame: [UInt8]) -> Int {
    let start = l3(frame)
    return start + (isIPv6(frame) ? 40 : Int(frame[start] & 0xF) * 4)
  }
  private static func isTCP(_ frame: [UInt8]) -> Bool { frame[l3(frame) + (isIPv6(frame) ? 6 : 9)] == 6 }

  /// The segments of a super-frame, each with finished checksums.
  static func cut(_ frame: [UInt8], size: Int) -> [[UInt8]] {
    let (start, transport) = (l3(frame), l4(frame))
    let header = transport + (isTCP(frame) ? Int(frame[transport + 12] >> 4) * 4 : 8)
    var segments: [[UInt8]] = []
    var offset = header
    while offset < frame.count {
      let end = min(offset + size, frame.count)
      var segment = Array(frame[..<header]) + frame[offset..<end]
      let isLast = end == frame.count
      if isIPv6(frame) {
        segment.replaceSubrange(start + 4..<start + 6, with: big16(segment.count - start - 40))
      } else {
        segment.replaceSubrange(start + 2..<start + 4, with: big16(segment.count - start))
        let number = value16(frame, start + 4) + segments.count
        segment.replaceSubrange(start + 4..<start + 6, with: big16(number))
        segment.replaceSubrange(start + 10..<start + 12, with: [0, 0])
        segment.replaceSubrange(
          start + 10..<start + 12, with: big16(onesSum(Array(segment[start..<transport])) ^ 0xFFFF))
      }
      if isTCP(frame) {
        let sequence = value32(frame, transport + 4) &+ UInt32(offset - header)
        segment.replaceSubrange(
          transport + 4..<transport + 8, with: big16(Int(sequence >> 16)) + big16(Int(sequence & 0xFFFF)))
        if !isLast { segment[transport + 13] &= ~0x09 }
        if !segments.isEmpty { segment[transport + 13] &= ~0x80 }
      } else {
        segment.replaceSubrange(transport + 4..<transport + 6, with: big16(segment.count - transport))
      }
      segments.append(finish(segment))
      offset = end
    }
    return segments
  }

  /// The frame with its TCP or UDP checksum made right.
  static func finish(_ frame: [UInt8]) -> [UInt8] {
    var frame = frame
    let (start, transport) = (l3(frame), l4(frame))
    let place = transport + (isTCP(frame) ? 16 : 6)
    frame.replaceSubrange(place..<place + 2, with: [0, 0])
    let addresses = isIPv6(frame) ? frame[start + 8..<start + 40] : frame[start + 12..<start + 20]
    let pseudo = onesSum(Array(addresses) + big16(0) + big16(frame.count - transport) + big16(isTCP(frame) ? 6 : 17))
    let sum = onesSum(Array(frame[transport...]), from: pseudo) ^ 0xFFFF
    frame.replaceSubrange(place..<place + 2, with: big16(sum == 0 ? 0xFFFF : sum))
    return frame
  }

  /// The frame with its IPv4 identification blanked where it means nothing (RFC 6864: fragmentation is forbidden).
  static func withoutAtomicIdentification(_ frame: [UInt8]) -> [UInt8] {
    let start = l3(frame)
    guard frame.count >= start + 20, frame[start] == 0x45, frame[start + 6] & 0x40 != 0 else { return frame }
    var frame = frame
    frame.replaceSubrange(start + 4..<start + 6, with: [0, 0])
    frame.replaceSubrange(start + 10..<start + 12, with: [0, 0])
    return frame
  }
}
