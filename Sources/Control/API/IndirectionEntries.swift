/// Entries of an indirection table as they are written: `17`, or `0-127`.
public struct IndirectionEntries: Sendable, Equatable {
  public let range: ClosedRange<Int>

  /// Throws `ControlError` that says what to write instead.
  public init(parsing text: String) throws(ControlError) {
    let numbers = text.split(separator: "-", omittingEmptySubsequences: false).map { Int($0) }
    guard (1...2).contains(numbers.count), let first = numbers[0], let last = numbers.last ?? nil, first <= last,
      first >= 0, last < 128
    else { throw ControlError.usage("'\(text)' names no entries; write one of 0 to 127, or a range such as 0-127") }
    range = first...last
  }
}
