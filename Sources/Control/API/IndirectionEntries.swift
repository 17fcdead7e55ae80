/// Entries of an indirection table as they are written: `17`, `0-127`, or `all`.
public struct IndirectionEntries: Sendable, Equatable, CustomStringConvertible {
  /// nil: the whole queue, what cannot be hashed included.
  public let range: ClosedRange<Int>?

  /// Throws `ControlError` that says what to write instead.
  public init(parsing text: String) throws(ControlError) {
    if text == "all" {
      range = nil
      return
    }
    let numbers = text.split(separator: "-", omittingEmptySubsequences: false).map { Int($0) }
    guard (1...2).contains(numbers.count), let first = numbers[0], let last = numbers.last ?? nil, first <= last,
      first >= 0, last < 128
    else {
      throw ControlError.usage("'\(text)' names no entries; write one of 0 to 127, a range such as 0-127, or all")
    }
    range = first...last
  }

  public var description: String { range.map { "\($0.lowerBound)-\($0.upperBound)" } ?? "all" }
}
