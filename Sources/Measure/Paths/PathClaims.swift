/// What the experiments over paths ask of their runs.
extension ClaimRule {
  /// A claim about how many times faster the second case is.
  static func speedup(
    _ id: String, _ source: PublishedSource, _ statement: String, published: String, ratio: Double?,
    from before: String, to after: String, atLeast: Double, note: String? = nil
  ) -> ClaimRule {
    ClaimRule(
      id: id, source: source.rawValue, statement: statement, published: published, publishedRatio: ratio,
      criterion: "\(after) at least \(Figure.ratio(atLeast)) as fast as \(before)", note: note
    ) { runs in
      guard let speedup = runs.speedup(from: before, to: after), let one = runs.seconds(before),
        let other = runs.seconds(after)
      else { return .notRun }
      return .init(
        measured: "\(Figure.ratio(speedup)) as fast: \(Figure.seconds(one)), then \(Figure.seconds(other))",
        ratio: speedup, holds: speedup >= atLeast)
    }
  }

  static func notMeasurable(
    _ id: String, _ source: PublishedSource, _ statement: String, published: String, why: String
  ) -> ClaimRule {
    ClaimRule(id: id, source: source.rawValue, statement: statement, published: published, criterion: "none here") {
      _ in .notMeasurable(why)
    }
  }
}

/// Where live migrations were published.
enum PublishedSource: String {
  case virtualSwitch = "000_49e3873d9b725942.txt"
  case tuning = "001_81205a6bb23cc439.txt"
  case transports = "002_99a96c6d0b278df4.txt"
  case queues = "004_ad38e571e03829d3.txt"
}

extension [Run] {
  func seconds(_ name: String) -> Double? { named(name)?.seconds.median }

  /// How many times as fast the second case is; nil when one was not run, or does not count.
  func speedup(from before: String, to after: String) -> Double? {
    guard let one = seconds(before), let other = seconds(after), other > 0 else { return nil }
    return one / other
  }
}

extension Repeat {
  /// How rough the throughput is: standard deviation over mean of the samples, the first and last left out.
  var roughness: Double? {
    let rates = series.dropFirst().dropLast().map(\.bitsPerSecond)
    guard rates.count >= 3 else { return nil }
    let mean = rates.reduce(0, +) / Double(rates.count)
    let variance = rates.reduce(0) { $0 + ($1 - mean) * ($1 - mean) } / Double(rates.count)
    return mean > 0 ? variance.squareRoot() / mean : nil
  }
}
