import CMillraceABI

/// The 40-byte secret of the Toeplitz hash (NDIS: "RSS Hashing Functions").
public struct ToeplitzKey: Hashable, Sendable {
  public let bytes: [UInt8]

  /// - Parameter bytes: 40 of them; nil for any other count.
  public init?(bytes: [UInt8]) {
    guard bytes.count == MR_TOEPLITZ_KEY_BYTES else { return nil }
    self.bytes = bytes
  }

  /// Reads 80 hexadecimal digits, optionally in groups divided by colons or blanks, or behind `0x`.
  public init?(hexadecimal text: String) {
    let digits = (text.hasPrefix("0x") ? text.dropFirst(2) : Substring(text)).filter { $0 != ":" && $0 != " " }
    let values = digits.map(\.hexDigitValue)
    guard values.count == 2 * MR_TOEPLITZ_KEY_BYTES, !values.contains(nil) else { return nil }
    bytes = stride(from: 0, to: values.count, by: 2).map { UInt8(values[$0]! << 4 | values[$0 + 1]!) }
  }

  /// The key that Microsoft publishes with its verification vectors, and that most NICs use by default.
  public static let microsoft = ToeplitzKey(bytes: [
    0x6d, 0x5a, 0x56, 0xda, 0x25, 0x5b, 0x0e, 0xc2, 0x41, 0x67, 0x25, 0x3d, 0x43, 0xa3, 0x8f, 0xb0,
    0xd0, 0xca, 0x2b, 0xcb, 0xae, 0x7b, 0x30, 0xb4, 0x77, 0xcb, 0x2d, 0xa3, 0x80, 0x30, 0xf2, 0x0c,
    0x6a, 0x42, 0xb7, 0x3b, 0xbe, 0xac, 0x01, 0xfa,
  ])!
}
