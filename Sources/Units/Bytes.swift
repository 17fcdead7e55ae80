/// A count of bytes. Written `256KiB`: kibi, mebi and gibi are powers of 1,024; a bare number is refused.
public struct Bytes: Hashable, Comparable, Sendable, Codable {
  public var count: UInt64

  @inlinable public init(_ count: UInt64) { self.count = count }

  @inlinable public static func < (a: Bytes, b: Bytes) -> Bool { a.count < b.count }
}

extension Bytes: CustomStringConvertible {
  /// The largest unit that divides the count: `64MiB`, `1500B`.
  public var description: String {
    for (name, size) in Self.units where size > 1 && count >= size && count % size == 0 {
      return "\(count / size)\(name)"
    }
    return "\(count)B"
  }

  static let units: [(name: String, size: UInt64)] = [("GiB", 1 << 30), ("MiB", 1 << 20), ("KiB", 1 << 10), ("B", 1)]

  /// Reads `64MiB`. Throws `UnitError` that says what to write instead.
  public init(parsing text: String) throws(UnitError) {
    let (number, unit) = try UnitError.split(text, kind: "size", example: "64MiB")
    guard let size = Self.units.first(where: { $0.name == unit })?.size else {
      throw UnitError(text, "is not a size: units are B, KiB, MiB and GiB (powers of 1024); write e.g. 64MiB")
    }
    count = try UnitError.scale(number, by: size, text)
  }
}
