/// Frames as hexadecimal text.
enum HexFrame {
  /// Reads digits; blanks and colons between them are allowed. Nil for anything else.
  static func bytes(_ text: some StringProtocol) -> [UInt8]? {
    let digits = text.filter { !$0.isWhitespace && $0 != ":" }
    let values = digits.map(\.hexDigitValue)
    guard !values.contains(nil), values.count % 2 == 0 else { return nil }
    return stride(from: 0, to: values.count, by: 2).map { UInt8(values[$0]! << 4 | values[$0 + 1]!) }
  }

  static func text(_ bytes: some Sequence<UInt8>) -> String {
    let digits = Array("0123456789abcdef".utf8)
    return String(decoding: bytes.flatMap { [digits[Int($0 >> 4)], digits[Int($0 & 15)]] }, as: UTF8.self)
  }
}
