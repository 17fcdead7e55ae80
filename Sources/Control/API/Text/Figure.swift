/// Quantities as text for people.
public enum Figure {
  /// What stands for a value that there is none of.
  public static let none = "-"

  /// With thousands separators: `1,234,567`.
  public static func count(_ value: some BinaryInteger) -> String {
    var text = ""
    for (index, digit) in String(value.magnitude).reversed().enumerated() {
      if index > 0 && index % 3 == 0 { text.append(",") }
      text.append(digit)
    }
    return (value < 0 ? "-" : "") + String(text.reversed())
  }

  /// Bits a second, scaled by 1,000, three digits: `2.51 Gbit/s`.
  public static func bitRate(_ bitsPerSecond: Double) -> String {
    scaled(bitsPerSecond, step: 1000, ["bit/s", "kbit/s", "Mbit/s", "Gbit/s", "Tbit/s"])
  }

  /// Bytes, scaled by 1,024, three digits: `1.25 MiB`.
  public static func bytes(_ count: some BinaryInteger) -> String {
    scaled(Double(count), step: 1024, ["B", "KiB", "MiB", "GiB", "TiB", "PiB"])
  }

  /// Events a second: whole numbers with separators, one decimal below ten.
  public static func perSecond(_ rate: Double) -> String {
    rate < 9.95 && rate != 0 ? decimal(rate, places: 1) : count(whole(rate))
  }

  /// A part of one as percent, one decimal: `15.3%`.
  public static func share(_ fraction: Double) -> String { decimal(fraction * 100, places: 1) + "%" }

  /// A share before and after: `95.1% > 47.0%`; before alone while after is not known.
  public static func change(_ before: Double, _ after: Double?) -> String {
    share(before) + (after.map { " > " + share($0) } ?? "")
  }

  /// A span of time in its two largest units: `2d 03h`, `1h 05m`, `4m 09s`, `12.3s`.
  public static func span(seconds: Double) -> String {
    if seconds < 59.95 { return decimal(seconds, places: 1) + "s" }
    let total = whole(seconds)
    let (days, hours, minutes) = (total / 86400, total / 3600 % 24, total / 60 % 60)
    if days > 0 { return "\(days)d \(padded(hours))h" }
    if hours > 0 { return "\(hours)h \(padded(minutes))m" }
    return "\(minutes)m \(padded(total % 60))s"
  }

  /// Fixed-point with `places` decimals, without an exponent.
  public static func decimal(_ value: Double, places: Int) -> String {
    let factor = (0..<places).reduce(UInt64(1)) { product, _ in product * 10 }
    let scaled = whole(abs(value) * Double(factor))
    let sign = value < 0 && scaled > 0 ? "-" : ""
    if places == 0 { return sign + String(scaled) }
    let fraction = String(scaled % factor)
    return "\(sign)\(scaled / factor).\(String(repeating: "0", count: places - fraction.count))\(fraction)"
  }

  private static func scaled(_ value: Double, step: Double, _ units: [String]) -> String {
    var value = value
    var unit = 0
    // 999.5 would be printed as 1000.
    while value >= 999.5, unit + 1 < units.count {
      value /= step
      unit += 1
    }
    let places = unit == 0 ? 0 : value < 9.995 ? 2 : value < 99.95 ? 1 : 0
    return decimal(value, places: places) + " " + units[unit]
  }

  private static func whole(_ value: Double) -> UInt64 { UInt64(exactly: value.rounded()) ?? 0 }

  private static func padded(_ value: UInt64) -> String { value < 10 ? "0\(value)" : "\(value)" }
}
