import Foundation

/// Chart.js, to be written into a page so that the page opens offline.
public struct ChartLibrary: Sendable {
  public let source: String
  /// As its banner says: `3.9.1`.
  public let version: String

  /// Where Debian's libjs-chart.js puts the build for browsers: `chart.umd.js` since 4, `chart.min.js` in 3.
  public static let places = [
    "/usr/share/javascript/chart.js/chart.umd.js", "/usr/share/javascript/chart.js/chart.min.js",
  ]

  /// Reads the first of `places` that exists. Throws `ExperimentError.unavailable` when none does or when its version
  /// is not one whose interface the page uses (3 or 4).
  public init(places: [String] = ChartLibrary.places) throws(ExperimentError) {
    for place in places {
      guard let source = try? String(contentsOfFile: place, encoding: .utf8) else { continue }
      guard let version = Self.version(in: source), ["3", "4"].contains(version.prefix { $0 != "." }) else {
        throw ExperimentError(
          .unavailable, "\(place): not Chart.js 3 or 4; install Debian's: apt-get install libjs-chart.js")
      }
      // A source map would be looked for beside the page, where there is none.
      let lines = source.split(separator: "\n", omittingEmptySubsequences: false)
      self.source = lines.filter { !$0.hasPrefix("//# sourceMappingURL") }.joined(separator: "\n")
      self.version = version
      return
    }
    throw ExperimentError(
      .unavailable,
      "\(places.first ?? "chart.js"): Chart.js is not installed; install it: apt-get install libjs-chart.js")
  }

  /// The version in the banner, `Chart.js v3.9.1`.
  static func version(in source: String) -> String? {
    guard let mark = source.prefix(400).firstRange(of: "Chart.js v") else { return nil }
    let version = source[mark.upperBound...].prefix { $0.isNumber || $0 == "." }
    return version.isEmpty ? nil : String(version)
  }
}
