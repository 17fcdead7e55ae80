import Foundation

/// Numbers as people read them on a page or a terminal.
public enum Figure {
  /// `742 Mbit/s`, `2.48 Gbit/s`: three significant digits.
  public static func rate(_ bitsPerSecond: Double) -> String {
    let units: [(String, Double)] = [("Gbit/s", 1e9), ("Mbit/s", 1e6), ("kbit/s", 1e3)]
    for (name, size) in units where bitsPerSecond >= size { return "\(significant(bitsPerSecond / size)) \(name)" }
    return "\(significant(bitsPerSecond)) bit/s"
  }

  /// `40.2 %`.
  public static func percent(_ fraction: Double) -> String { "\(decimals(fraction * 100, 1)) %" }

  /// `39.8–41.0 %`, or `40.2 %` when both ends read the same.
  public static func percentRange(_ low: Double, _ high: Double) -> String {
    let (low, high) = (decimals(low * 100, 1), decimals(high * 100, 1))
    return low == high ? "\(low) %" : "\(low)–\(high) %"
  }

  /// `2.43×`.
  public static func ratio(_ ratio: Double) -> String { "\(decimals(ratio, 2))×" }

  public static func seconds(_ seconds: Double) -> String { "\(decimals(seconds, 2)) s" }

  public static func milliseconds(_ milliseconds: Double) -> String { "\(significant(milliseconds)) ms" }

  /// `24.0 GiB`.
  public static func size(_ bytes: Double) -> String {
    let units: [(String, Double)] = [("GiB", 0x1p30), ("MiB", 0x1p20), ("KiB", 0x1p10)]
    for (name, size) in units where bytes >= size { return "\(significant(bytes / size)) \(name)" }
    return "\(Int(bytes)) B"
  }

  /// A fixed number of decimals.
  public static func decimals(_ value: Double, _ count: Int) -> String { String(format: "%.\(count)f", value) }

  /// Three significant digits, never in powers of ten: `0.123`, `1.23`, `12.3`, `123`, `1234`.
  public static func significant(_ value: Double) -> String {
    let magnitude = abs(value)
    return decimals(value, magnitude >= 99.95 ? 0 : magnitude >= 9.995 ? 1 : 2)
  }
}
