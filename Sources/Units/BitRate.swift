/// Bits a second of Ethernet frames without FCS, preamble and gap. Written `2.5Gbit`: kilo is 1,000.
public struct BitRate: Hashable, Comparable, Sendable, Codable {
  public var bitsPerSecond: UInt64

  @inlinable public init(bitsPerSecond: UInt64) { self.bitsPerSecond = bitsPerSecond }

  @inlinable public static func < (a: BitRate, b: BitRate) -> Bool { a.bitsPerSecond < b.bitsPerSecond }
}

extension BitRate: CustomStringConvertible {
  public var description: String {
    for (name, size) in Self.units where bitsPerSecond >= size {
      return UnitError.decimal(Double(bitsPerSecond) / Double(size)) + name
    }
    return "\(bitsPerSecond)bit"
  }

  static let units: [(name: String, size: UInt64)] = [
    ("Gbit", 1_000_000_000), ("Mbit", 1_000_000), ("kbit", 1000), ("bit", 1),
  ]

  /// Reads `2.5Gbit`. Throws `UnitError` that says what to write instead.
  public init(parsing text: String) throws(UnitError) {
    let (number, unit) = try UnitError.split(text, kind: "rate", example: "2.5Gbit")
    guard let size = Self.units.first(where: { $0.name == unit })?.size else {
      throw UnitError(text, "is not a rate: units are bit, kbit, Mbit and Gbit (powers of 1000); write e.g. 100Mbit")
    }
    bitsPerSecond = try UnitError.scale(number, by: size, text)
  }
}
