import Units
import Wire

/// Frames and their readings, for the tests here.
enum Frames {
  static let a = MACAddress("02:00:00:00:00:0a")!
  static let b = MACAddress("02:00:00:00:00:0b")!
  static let start = FrameBuilder(to: b, from: a)

  static func parse(_ frame: [UInt8], available: Int? = nil) -> FrameHeaders {
    frame.withUnsafeBytes {
      FrameHeaders(parsing: $0.baseAddress!, available: available ?? frame.count, total: frame.count)
    }
  }

  /// Nil for what cannot be hashed.
  static func hash(_ frame: [UInt8]) -> UInt32? {
    let headers = parse(frame)
    guard headers.isHashable else { return nil }
    let table = ToeplitzTable()
    return frame.withUnsafeBytes { headers.flowHash($0.baseAddress!, table.view) }
  }
}

/// SplitMix64: the same numbers on every run.
struct Generator: RandomNumberGenerator {
  var state: UInt64

  mutating func next() -> UInt64 {
    state &+= 0x9E37_79B9_7F4A_7C15
    var z = state
    z = (z ^ z >> 30) &* 0xBF58_476D_1CE4_E5B9
    z = (z ^ z >> 27) &* 0x94D0_49BB_1331_11EB
    return z ^ z >> 31
  }

  mutating func below(_ bound: Int) -> Int { Int.random(in: 0..<bound, using: &self) }
  mutating func bytes(_ count: Int) -> [UInt8] { (0..<count).map { _ in UInt8(truncatingIfNeeded: next()) } }
}
