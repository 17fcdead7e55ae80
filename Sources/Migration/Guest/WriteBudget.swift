import Units

/// How many pages a writer owes at a moment, for its rate. Pure: the clock is a parameter.
package struct WriteBudget: Sendable {
  private let pagesPerSecond: Double
  private var start: Nanoseconds
  private var granted: UInt64 = 0

  /// A writer that falls behind (no CPU) makes up for this much and forgets the rest.
  package static let longestDebt = Nanoseconds.milliseconds(250)

  package init(bytesPerSecond: Bytes, start: Nanoseconds) {
    pagesPerSecond = Double(bytesPerSecond.count) / Double(MemoryImage.pageSize)
    self.start = start
  }

  /// Pages to write now. Over any span the sum is the rate times the span, to within one page.
  package mutating func take(at now: Nanoseconds) -> Int {
    let due = UInt64((now - start).seconds * pagesPerSecond)
    guard due > granted else { return 0 }
    let debt = due - granted
    let longest = max(1, UInt64(Self.longestDebt.seconds * pagesPerSecond))
    granted = due
    return Int(min(debt, longest))
  }

  /// Starts anew after a pause: time in which the writer was held owes nothing.
  package mutating func restart(at now: Nanoseconds) {
    start = now
    granted = 0
  }
}
