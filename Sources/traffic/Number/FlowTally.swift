/// What became of the datagrams of one flow.
struct FlowTally {
  let expected: UInt64
  /// Each number once.
  private(set) var received: UInt64 = 0
  /// Arrived after a higher number of the flow.
  private(set) var outOfOrder: UInt64 = 0
  /// Arrived before.
  private(set) var duplicates: UInt64 = 0
  private var next: UInt64 = 0
  /// A bit a number.
  private var seen: [UInt64]

  init(expected: UInt64) {
    self.expected = expected
    seen = [UInt64](repeating: 0, count: Int((expected + 63) / 64))
  }

  var lost: UInt64 { expected - received }

  /// - Parameter number: below `expected`.
  mutating func add(_ number: UInt64) {
    let (word, bit) = (Int(number / 64), UInt64(1) << (number % 64))
    guard seen[word] & bit == 0 else {
      duplicates += 1
      return
    }
    seen[word] |= bit
    received += 1
    if number < next { outOfOrder += 1 } else { next = number + 1 }
  }
}
