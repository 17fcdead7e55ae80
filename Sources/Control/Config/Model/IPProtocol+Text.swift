import Wire

/// Protocols in words, as the language writes them.
extension IPProtocol {
  private static let words: [(name: String, number: UInt8)] = [
    ("tcp", tcp), ("udp", udp), ("icmp", icmp), ("icmpv6", icmpv6),
  ]

  /// `tcp`, or the number of a protocol without a word here.
  static func name(of number: UInt8) -> String { words.first { $0.number == number }?.name ?? "\(number)" }

  /// The reverse; nil for what is neither.
  static func number(of text: String) -> UInt8? {
    words.first { $0.name == text }?.number ?? ConfigMapping.integer(text).flatMap { UInt8(exactly: $0) }
  }
}
