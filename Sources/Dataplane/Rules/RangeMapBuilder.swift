/// Builds the memory that `RangeMaps` reads, map by map.
struct RangeMapBuilder {
  /// The words of all lines. The first line belongs to no map: it may be read in place of one.
  private(set) var words = [UInt32](repeating: 0, count: RangeMapLine.words)
  private var entries: [UInt32: RangeMapEntry] = [:]

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

  /// Adds a map; returns its root: a line, or the value of all keys.
  mutating func add(_ ranges: Ranges) -> UInt32 {
    ranges.starts.count == 1 ? ranges.values[0] : addBelowLine(ranges)
  }

  /// Adds a map whose root is a line.
  mutating func addBelowLine(_ ranges: Ranges) -> UInt32 {
    let line = line(ranges, 1..<ranges.starts.count, from: ranges.values[0], position: 0)
    let root = append([line])
    if let node = line.references.first(where: Reference.isNode) {
      entries[root] = RangeMapEntry(node: node, for: ranges.starts[1])
    }
    return root
  }

  /// The node right below the root of a map, if there is one.
  func entry(of root: UInt32) -> RangeMapEntry { entries[root] ?? RangeMapEntry() }

  /// The line for what is below the point where the first `position` bits of the key are known.
  /// - Parameters:
  ///   - inner: the starts that lie below it, its first key aside.
  ///   - value: of its first key.
  private mutating func line(_ ranges: Ranges, _ inner: Range<Int>, from value: UInt32, position: Int) -> RangeMapLine {
    let starts = ranges.starts[inner]
    let capacity = RangeMapLine.capacity(for: starts, position: position)
    if inner.count <= capacity {
      return RangeMapLine(starts, [value] + ranges.values[inner], position: position)
    }
    if inner.count <= capacity + capacity * (capacity + 1) {
      return lineOfLines(ranges, inner, from: value, position: position, capacity: capacity)
    }
    let (first, last) = (starts[inner.lowerBound], starts[inner.upperBound - 1])
    let shared = (first ^ last).leadingZeroBitCount
    if shared == position {
      return RangeMapLine([], [node(ranges, inner, from: value, position: position)], position: position)
    }
    let low = first & ~(UInt64.max >> UInt64(shared))
    let high = last | UInt64.max >> UInt64(shared)
    let below = node(ranges, inner, from: value, position: shared)
    let after = ranges.values[inner.upperBound - 1]
    // No key behind the last that comes to the line can be told apart in it.
    return high == first | UInt64.max >> UInt64(position)
      ? RangeMapLine([low], [value, below], position: position)
      : RangeMapLine([low, high + 1], [value, below, after], position: position)
  }

  /// A line whose references are lines: as few as can hold the starts, as in a B-tree.
  private mutating func lineOfLines(
    _ ranges: Ranges, _ inner: Range<Int>, from value: UInt32, position: Int, capacity: Int
  ) -> RangeMapLine {
    let count = (inner.count + capacity + 1) / (capacity + 1)
    var (keys, below): ([UInt64], [RangeMapLine]) = ([], [])
    var value = value
    for i in 0..<count {
      // Between two lines is the start of the second.
      let begin = inner.lowerBound + (inner.count + 1) * i / count
      let end = inner.lowerBound + (inner.count + 1) * (i + 1) / count - 1
      if i > 0 {
        keys.append(ranges.starts[begin - 1])
        value = ranges.values[begin - 1]
      }
      below.append(line(ranges, begin..<end, from: value, position: position))
    }
    let first = append(below)
    return RangeMapLine(keys, (0..<UInt32(count)).map { first + $0 }, position: position)
  }

  /// Adds lines side by side; a reference to the first.
  private mutating func append(_ lines: [RangeMapLine]) -> UInt32 {
    defer { for line in lines { words += line.content } }
    return Reference.line(words.count / RangeMapLine.words)
  }

  private mutating func node(_ ranges: Ranges, _ inner: Range<Int>, from value: UInt32, position: Int) -> UInt32 {
    let bits = min(Self.bits(for: inner.count), 64 - position)
    let size = RangeMapLine.words
    while words.count / size % Reference.nodeAlignment != 0 { words += repeatElement(0, count: size) }
    let index = words.count / size
    words += repeatElement(0, count: size << bits)
    let span = UInt64(1) << UInt64(64 - position - bits)
    var start = ranges.starts[inner.lowerBound] & ~(UInt64.max >> UInt64(position))
    var value = value
    var next = inner.lowerBound
    for slot in index..<index + 1 << bits {
      if next < inner.upperBound && ranges.starts[next] == start {
        value = ranges.values[next]
        next += 1
      }
      let begin = next
      let last = start + (span - 1)
      while next < inner.upperBound && ranges.starts[next] <= last { next += 1 }
      let line = line(ranges, begin..<next, from: value, position: position + bits)
      words.replaceSubrange(slot * size..<(slot + 1) * size, with: line.content)
      if next > begin { value = ranges.values[next - 1] }
      start = last &+ 1
    }
    return Reference.node(at: index, position: position, bits: bits)
  }

  /// As many as leave a line one or two starts when they are spread evenly: a line holds seven, and where it does not
  /// suffice another is read that nobody foresees.
  private static func bits(for starts: Int) -> Int {
    min(Int.bitWidth - 1 - starts.leadingZeroBitCount, 20)
  }
}
