import Testing
import Wire

struct ChecksumTests {
  @Test("the sum agrees with RFC 1071's plainest form at every length and alignment")
  func agreesWithNaive() {
    var random = Generator(state: 5)
    let bytes = random.bytes(200)
    for offset in 0..<9 {
      for count in 0..<150 {
        var sum = ChecksumSum()
        bytes.withUnsafeBytes { sum.add($0.baseAddress! + offset, count) }
        #expect(sum.network == FrameBuilder.sum(Array(bytes[offset..<offset + count])))
      }
    }
  }

  @Test("all ones and all zeros, up to 64 KiB", arguments: [UInt8(0), 0xFF])
  func extremes(_ value: UInt8) {
    for count in [1, 2, 15, 16, 65535, 65536] {
      let bytes = [UInt8](repeating: value, count: count)
      var sum = ChecksumSum()
      bytes.withUnsafeBytes { sum.add($0.baseAddress!, count) }
      #expect(sum.network == FrameBuilder.sum(bytes))
    }
  }

  @Test("the example of RFC 1071, section 3")
  func rfcExample() {
    let bytes: [UInt8] = [0x00, 0x01, 0xf2, 0x03, 0xf4, 0xf5, 0xf6, 0xf7]
    var sum = ChecksumSum()
    bytes.withUnsafeBytes { sum.add($0.baseAddress!, 8) }
    #expect(sum.network == 0xddf2 && sum.checksum == 0x220d)
  }

  @Test("pieces of odd and even lengths sum as the whole")
  func pieces() {
    var random = Generator(state: 6)
    for _ in 0..<2000 {
      let bytes = random.bytes(random.below(300))
      var sum = ChecksumSum()
      var at = 0
      while at < bytes.count {
        let count = min(random.below(40), bytes.count - at)
        bytes.withUnsafeBytes { sum.add($0.baseAddress! + at, count) }
        at += count
      }
      #expect(sum.network == FrameBuilder.sum(bytes))
    }
  }

  @Test("a 16-bit number adds as its two bytes would")
  func numbers() {
    var sum = ChecksumSum()
    sum.add(UInt16(0x1234))
    sum.add(UInt16(0xFFFE))
    #expect(sum.network == FrameBuilder.sum([0x12, 0x34, 0xFF, 0xFE]))
  }

  @Test("a transport checksum is never zero")
  func neverZero() {
    var sum = ChecksumSum()
    sum.add(UInt16(0xFFFF))
    #expect(sum.checksum == 0 && sum.transportChecksum == 0xFFFF)
  }
}
