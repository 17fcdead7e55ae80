import Units

/// A stretch of the monotonic clock in which something is measured; never empty.
public struct Window: Hashable, Sendable, Codable {
  public let start: Nanoseconds
  public let end: Nanoseconds

  /// Nil when the end is not after the start.
  public init?(start: Nanoseconds, end: Nanoseconds) {
    guard start < end else { return nil }
    self.start = start
    self.end = end
  }

  public var seconds: Double { (end - start).seconds }

  /// The time in which all of several activities were under way: from the last one's start to the first one's end.
  /// Nil when there was no such time, or no activity.
  public init?(commonTo activities: [(start: Nanoseconds, end: Nanoseconds)]) {
    guard let start = activities.map(\.start).max(), let end = activities.map(\.end).min() else { return nil }
    self.init(start: start, end: end)
  }

  /// From the first activity's start to the last one's end.
  public init?(spanning activities: [(start: Nanoseconds, end: Nanoseconds)]) {
    guard let start = activities.map(\.start).min(), let end = activities.map(\.end).max() else { return nil }
    self.init(start: start, end: end)
  }
}
