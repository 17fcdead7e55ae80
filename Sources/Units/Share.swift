/// A part of a whole, more than 0 and at most 1. Written `15%`.
public struct Share: Hashable, Comparable, Sendable, Codable {
  public var fraction: Double

  public init(fraction: Double) { self.fraction = fraction }

  public static func < (a: Share, b: Share) -> Bool { a.fraction < b.fraction }
}

extension Share: CustomStringConvertible {
  public var description: String { UnitError.decimal(fraction * 100) + "%" }

  /// Reads `15%`. Throws `UnitError` that says what to write instead.
  public init(parsing text: String) throws(UnitError) {
    let (number, unit) = try UnitError.split(text, kind: "share", example: "15%")
    guard unit == "%", number > 0, number <= 100 else {
      throw UnitError(text, "is not a share; write more than 0% and at most 100%, e.g. 15%")
    }
    fraction = number / 100
  }
}
