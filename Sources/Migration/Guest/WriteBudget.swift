import Units

/// How many pages a writer owes at a moment, for its rate. Pure: the clock is a parameter.
package struct WriteBudget: Sendable {
  private let pagesPerSecond: Double
  private var start: Nanoseconds
  private var granted: UInt64 = 0
  /// The part of the rate that is granted, above 0 to 1; a change counts from the last `take` on.
  package var share = 1.0 {
    willSet { (start, granted) = (last, 0) }
  }
  private var last: Nanoseconds

  /// A writer that falls behind (no CPU) makes up for this much and forgets the rest.
  package static let longestDebt = Nanoseconds.milliseconds(250)

  package init(bytesPerSecond: Bytes, start: Nanoseconds) {
    pagesPerSecond = Double(bytesPerSecond.count) / Double(MemoryImage.pageSize)
    self.start = start
    last = start
  }

  /// Pages to write now. Over any span the sum is the rate times the span, to within one page.
  package mutating func take(at now: Nanoseconds) -> Int {
    last = now
    let due = UInt64((now - start).seconds * pagesPerSecond * share)
    guard due > granted else { return 0 }
    let debt = due - granted
    let longest = max(1, UInt64(Self.longestDebt.seconds * pagesPerSecond))
    granted = due
    return Int(min(debt, longest))
  }

  /// Starts anew after a pause: time in which the writer was held owes nothing.
  package mutating func restart(at now: Nanoseconds) {
    (start, last, granted) = (now, now, 0)
  }
}
