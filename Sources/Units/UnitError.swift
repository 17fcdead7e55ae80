/// A quantity that cannot be read. The text says what was written, what is wrong and what to write instead.
public struct UnitError: Error, Hashable, CustomStringConvertible {
  public let description: String

  init(_ text: String, _ fault: String) { description = "'\(text)' \(fault)" }

  /// Splits `2.5Gbit` into 2.5 and `Gbit`.
  static func split(_ text: String, kind: String, example: String) throws(UnitError) -> (Double, String) {
    let digits = text.prefix { $0.isNumber || $0 == "." }
    let unit = String(text.dropFirst(digits.count))
    guard let number = Double(digits), number.isFinite else {
      throw UnitError(text, "is not a \(kind); write e.g. \(example)")
    }
    if unit.isEmpty { throw UnitError(text, "is a bare number: a \(kind) needs its unit; write e.g. \(example)") }
    return (number, unit)
  }

  static func scale(_ number: Double, by size: UInt64, _ text: String) throws(UnitError) -> UInt64 {
    let scaled = (number * Double(size)).rounded()
    guard scaled < 9.2e18 else { throw UnitError(text, "is too large") }
    return UInt64(scaled)
  }

  /// At most three decimals, without trailing zeros.
  static func decimal(_ value: Double) -> String {
    let thousandths = UInt64((value * 1000).rounded())
    let (whole, rest) = (thousandths / 1000, thousandths % 1000)
    if rest == 0 { return "\(whole)" }
    var digits = String(rest + 1000).dropFirst()
    while digits.last == "0" { digits = digits.dropLast() }
    return "\(whole).\(digits)"
  }
}
