/// A span of time, or a moment of the monotonic clock, in nanoseconds.
public struct Nanoseconds: Hashable, Comparable, Sendable, Codable {
  public var count: UInt64

  @inlinable public init(_ count: UInt64) { self.count = count }

  @inlinable public static func < (a: Nanoseconds, b: Nanoseconds) -> Bool { a.count < b.count }

  @inlinable public static func + (a: Nanoseconds, b: Nanoseconds) -> Nanoseconds { Nanoseconds(a.count &+ b.count) }

  /// The span from `b` to `a`, zero when `a` is earlier.
  @inlinable public static func - (a: Nanoseconds, b: Nanoseconds) -> Nanoseconds {
    Nanoseconds(a.count > b.count ? a.count &- b.count : 0)
  }

  @inlinable public var seconds: Double { Double(count) / 1e9 }

  @inlinable public static func microseconds(_ n: UInt64) -> Nanoseconds { Nanoseconds(n * 1000) }
  @inlinable public static func milliseconds(_ n: UInt64) -> Nanoseconds { Nanoseconds(n * 1_000_000) }
  @inlinable public static func seconds(_ n: UInt64) -> Nanoseconds { Nanoseconds(n * 1_000_000_000) }
}

extension Nanoseconds: CustomStringConvertible {
  public var description: String {
    for (name, size) in Self.units where size > 1 && count >= size {
      return UnitError.decimal(Double(count) / Double(size)) + name
    }
    return "\(count)ns"
  }

  static let units: [(name: String, size: UInt64)] = [
    ("min", 60_000_000_000), ("s", 1_000_000_000), ("ms", 1_000_000), ("us", 1000), ("ns", 1),
  ]

  /// Reads `300s`. Throws `UnitError` that says what to write instead.
  public init(parsing text: String) throws(UnitError) {
    let (number, unit) = try UnitError.split(text, kind: "time", example: "300s")
    guard unit != "ns", let size = Self.units.first(where: { $0.name == unit })?.size else {
      throw UnitError(text, "is not a time: units are us, ms, s and min; write e.g. 300s")
    }
    count = try UnitError.scale(number, by: size, text)
  }
}
