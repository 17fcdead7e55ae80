import Testing
import Wire

struct PartialChecksumTests {
  /// The same segment four ways: TCP and UDP over IPv4 and IPv6, tagged too, payloads of odd and even length.
  static func frame(_ kind: Int, payload: [UInt8], _ checksum: FrameBuilder.Checksum) -> [UInt8] {
    let link = kind & 4 == 0 ? Frames.start : Frames.start.tagged(9)
    let ip =
      kind & 1 == 0
      ? link.ipv4("192.168.1.1", "10.200.3.4", options: kind & 8 == 0 ? [] : [1, 1, 1, 1])
      : link.ipv6(
        "fd00::1:2", "fd00::3:4", extensions: kind & 8 == 0 ? [] : [.options(IPProtocol.destinationOptions)])
    return kind & 2 == 0
      ? ip.tcp(40000, 443, options: [1, 1, 1, 0], payload: payload, checksum: checksum)
      : ip.udp(40000, 443, payload: payload, checksum: checksum)
  }

  static func looksPartial(_ frame: [UInt8]) -> Bool {
    frame.withUnsafeBytes {
      PartialChecksum.looksPartial(Frames.parse(frame), $0.baseAddress!, available: frame.count)
    }
  }

  @Test("partial checksums are recognised, right and wrong ones are not", arguments: 0..<16)
  func recognised(_ kind: Int) {
    let payload = [UInt8](1...101)
    #expect(Self.looksPartial(Self.frame(kind, payload: payload, .partial)))
    #expect(!Self.looksPartial(Self.frame(kind, payload: payload, .right)))
    #expect(!Self.looksPartial(Self.frame(kind, payload: payload, .wrong)))
    #expect(!Self.looksPartial(Self.frame(kind, payload: payload, .zero)))
  }

  @Test("completing a partial checksum gives the right one", arguments: 0..<16)
  func completed(_ kind: Int) throws {
    var random = Generator(state: UInt64(kind))
    for count in [0, 1, 2, 7, 8, 100, 1447] {
      let payload = random.bytes(count)
      var frame = Self.frame(kind, payload: payload, .partial)
      let headers = Frames.parse(frame)
      let offset = try #require(headers.l4ChecksumOffset)
      let end = Int(headers.l4Offset) + headers.l4Length
      let done = frame.withUnsafeMutableBytes {
        PartialChecksum.complete($0.baseAddress!, start: Int(headers.l4Offset), offset: offset, end: end)
      }
      #expect(done && frame == Self.frame(kind, payload: payload, .right))
    }
  }

  @Test("completing over any cut into segments gives the right one", arguments: 0..<8)
  func completedInSegments(_ kind: Int) throws {
    var random = Generator(state: 50 + UInt64(kind))
    for _ in 0..<200 {
      let payload = random.bytes(random.below(400))
      // Padding, which must not count.
      var frame = Self.frame(kind, payload: payload, .partial) + [0xEE, 0xEE, 0xEE]
      let headers = Frames.parse(frame)
      let offset = try #require(headers.l4ChecksumOffset)
      let start = Int(headers.l4Offset)
      let end = start + headers.l4Length
      let done = frame.withUnsafeMutableBytes { bytes in
        let head = start + offset + 2
        var segments = [FrameSegment(bytes.baseAddress!, head + random.below(bytes.count - head))]
        var at = segments[0].count
        while at < bytes.count {
          let count = min(random.below(90), bytes.count - at)
          segments.append(FrameSegment(bytes.baseAddress! + at, count))
          at += count
        }
        return segments.withUnsafeBufferPointer {
          PartialChecksum.complete($0, start: start, offset: offset, end: end)
        }
      }
      #expect(done && Array(frame.dropLast(3)) == Self.frame(kind, payload: payload, .right))
    }
  }

  @Test("a complete checksum that looks partial stays as it is when completed again")
  func harmlessAccident() throws {
    // Search a payload whose right checksum equals the pseudo-header sum.
    var found = 0
    for value in 0..<UInt32(1 << 16) {
      let payload = [UInt8(value >> 8), UInt8(value & 0xFF)]
      var frame = Self.frame(2, payload: payload, .right)
      guard Self.looksPartial(frame) else { continue }
      found += 1
      let headers = Frames.parse(frame)
      let end = Int(headers.l4Offset) + headers.l4Length
      let before = frame
      frame.withUnsafeMutableBytes {
        _ = PartialChecksum.complete($0.baseAddress!, start: Int(headers.l4Offset), offset: 6, end: end)
      }
      #expect(frame == before)
    }
    #expect(found > 0)
  }

  @Test("a checksum place outside the frame is refused and nothing is written")
  func refused() {
    var frame = Self.frame(0, payload: [1, 2, 3], .partial)
    let before = frame
    let count = frame.count
    frame.withUnsafeMutableBytes { bytes in
      let base = bytes.baseAddress!
      #expect(!PartialChecksum.complete(base, start: 34, offset: count, end: count))
      #expect(!PartialChecksum.complete(base, start: -1, offset: 16, end: count))
      #expect(!PartialChecksum.complete(base, start: count, offset: 0, end: count))
      let segments = [FrameSegment(base, 40), FrameSegment(base + 40, count - 40)]
      segments.withUnsafeBufferPointer {
        #expect(!PartialChecksum.complete($0, start: 34, offset: 16, end: count))
        #expect(!PartialChecksum.complete($0, start: 30, offset: 2, end: count + 1))
      }
    }
    #expect(frame == before)
  }

  @Test("fragments and other protocols never look partial")
  func notLooked() {
    #expect(
      !Self.looksPartial(Frames.start.ipv4("10.0.0.1", "10.0.0.2", moreFragments: true).udp(1, 2, checksum: .partial)))
    #expect(!Self.looksPartial(Frames.start.ipv4("10.0.0.1", "10.0.0.2").echoRequest(payload: [1, 2, 3, 4])))
  }
}
