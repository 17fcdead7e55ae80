/// What repeats of one measurement say: the middle one, and how far they lie apart.
public struct Summary: Hashable, Sendable, Codable {
  public var median: Double
  public var lowest: Double
  public var highest: Double
  /// How many values it was made of, at least 1.
  public var count: Int

  /// Nil when there are no values, or one of them is not a number.
  public init?(_ values: [Double]) {
    guard let middle = Summary.median(values) else { return nil }
    median = middle
    lowest = values.min() ?? middle
    highest = values.max() ?? middle
    count = values.count
  }

  /// The value in the middle, or the mean of the two middle ones; nil of nothing and of anything not a number.
  public static func median(_ values: [Double]) -> Double? {
    guard !values.isEmpty, !values.contains(where: \.isNaN) else { return nil }
    let sorted = values.sorted()
    let half = sorted.count / 2
    return sorted.count.isMultiple(of: 2) ? (sorted[half - 1] + sorted[half]) / 2 : sorted[half]
  }

  /// The place of the repeat that stands for all: the one nearest to the median, the first of equals.
  public static func representative(of values: [Double]) -> Int? {
    guard let middle = median(values) else { return nil }
    return values.indices.min { abs(values[$0] - middle) < abs(values[$1] - middle) }
  }
}
