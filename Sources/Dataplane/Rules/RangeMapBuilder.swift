/// Builds the memory that `RangeMaps` reads, map by map.
struct RangeMapBuilder {
  /// The first line belongs to no map: it may be read in place of one (`RangeMaps.pass`).
  private(set) var lines = [UInt64](repeating: 0, count: 8)
  private(set) var references: [UInt32] = []
  private var constants: [UInt32: UInt32] = [:]

  /// Ranges of one map, in order: `values[i]` holds from `starts[i]` on, up to the next start.
  struct Ranges {
    private(set) var starts: [UInt64] = [0]
    private(set) var values: [UInt32]

    /// One range over all keys.
    init(_ value: UInt32) { values = [value] }

    /// From `start` on, not less than the last start, the value is another.
    mutating func append(_ start: UInt64, _ value: UInt32) {
      if start == starts[starts.count - 1] {
        values[values.count - 1] = value
        if values.count > 1 && values[values.count - 2] == value {
          starts.removeLast()
          values.removeLast()
        }
      } else if values[values.count - 1] != value {
        starts.append(start)
        values.append(value)
      }
    }
  }

  /// Adds a map; returns its root.
  mutating func add(_ ranges: Ranges) -> UInt32 {
    place(ranges, 1..<ranges.starts.count, from: ranges.values[0], position: 0)
  }

  /// Adds a map whose root is a line.
  mutating func addBelowLine(_ ranges: Ranges) -> UInt32 {
    let root = add(ranges)
    return Reference.isLine(root) ? root : line([], [root])
  }

  /// What is below the point where the first `position` bits of the key are known.
  /// - Parameters:
  ///   - inner: the starts that lie below it, its first key aside.
  ///   - value: of its first key.
  private mutating func place(_ ranges: Ranges, _ inner: Range<Int>, from value: UInt32, position: Int) -> UInt32 {
    if inner.isEmpty { return value }
    if inner.count <= RangeMaps.keysPerLine {
      return line(ranges.starts[inner], [value] + ranges.values[inner])
    }
    let (first, last) = (ranges.starts[inner.lowerBound], ranges.starts[inner.upperBound - 1])
    let shared = (first ^ last).leadingZeroBitCount
    if shared - position < Self.sharedBitsWorthALine {
      return node(ranges, inner, from: value, position: position)
    }
    let low = first & ~(UInt64.max >> UInt64(shared))
    let high = last | UInt64.max >> UInt64(shared)
    let below = node(ranges, inner, from: value, position: shared)
    let after = ranges.values[inner.upperBound - 1]
    return high == .max ? line([low], [value, below]) : line([low, high + 1], [value, below, after])
  }

  /// Below that, a line saves nodes that would only have one place each.
  private static let sharedBitsWorthALine = 4

  private mutating func line(_ keys: ArraySlice<UInt64>, _ values: [UInt32]) -> UInt32 {
    let index = lines.count / 8
    lines += keys
    // A key of all ones counts the filling too: it is the last value again.
    lines += repeatElement(.max, count: RangeMaps.keysPerLine - keys.count)
    let last = values[values.count - 1]
    let filled = values + Array(repeating: last, count: RangeMaps.keysPerLine + 1 - values.count)
    for i in stride(from: 0, to: filled.count, by: 2) { lines.append(UInt64(filled[i]) | UInt64(filled[i + 1]) << 32) }
    return Reference.line(index)
  }

  private mutating func node(_ ranges: Ranges, _ inner: Range<Int>, from value: UInt32, position: Int) -> UInt32 {
    let bits = min(Self.bits(for: inner.count), 64 - position)
    let padding = (Reference.nodeAlignment - references.count % Reference.nodeAlignment) % Reference.nodeAlignment
    references += repeatElement(0, count: padding)
    let index = references.count
    references += repeatElement(0, count: 1 << bits)
    let size = UInt64(1) << UInt64(64 - position - bits)
    var start = ranges.starts[inner.lowerBound] & ~(UInt64.max >> UInt64(position))
    var value = value
    var next = inner.lowerBound
    for slot in 0..<1 << bits {
      if next < inner.upperBound && ranges.starts[next] == start {
        value = ranges.values[next]
        next += 1
      }
      let begin = next
      let last = start + (size - 1)
      while next < inner.upperBound && ranges.starts[next] <= last { next += 1 }
      let below = place(ranges, begin..<next, from: value, position: position + bits)
      references[index + slot] = Reference.isPlace(below) ? below : constant(below)
      if next > begin { value = ranges.values[next - 1] }
      start = last &+ 1
    }
    return Reference.node(at: index, position: position, bits: bits)
  }

  /// A line that holds one value alone: below a node there is always a line, so that every look-up takes the same steps
  /// and the processor foresees them.
  private mutating func constant(_ value: UInt32) -> UInt32 {
    if let known = constants[value] { return known }
    let reference = line([], [value])
    constants[value] = reference
    return reference
  }

  /// As many as leave a slot a quarter to a half of a start when they are spread evenly. Nested prefixes crowd: a line
  /// holds five, and where it does not suffice two places more are read that nobody foresees.
  private static func bits(for starts: Int) -> Int {
    let log = Int.bitWidth - 1 - starts.leadingZeroBitCount
    return min(log + 2, 20)
  }
}
