/// The first node of a map and the keys it is for, taken apart once: where most look-ups of a map begin.
struct RangeMapEntry {
  private var low: UInt64 = 0
  private var span: UInt64 = 0
  /// Index of the node's first reference.
  private var first = 0
  private var leftShift: UInt64 = 0
  private var rightShift: UInt64 = 0
  private var hasNode = false

  /// No key has a way through a node.
  init() {}

  init(node: UInt32, low: UInt64, high: UInt64) {
    (self.low, span) = (low, high - low)
    leftShift = Reference.position(node)
    rightShift = 64 - Reference.bits(node)
    first = Reference.first(node)
    hasNode = true
  }

  /// What `reference(of:)` says of keys that do not pass the node.
  static var outside: UInt32 { .max }

  /// The index of the node's reference for a key.
  @inline(__always) func reference(of key: UInt64) -> UInt32 {
    guard hasNode, key &- low <= span else { return Self.outside }
    return UInt32(truncatingIfNeeded: first &+ Int((key &<< leftShift) &>> rightShift))
  }
}

extension RangeMapBuilder {
  /// The entry of the map with this root: the root itself, or a node right below it.
  func entry(of root: UInt32) -> RangeMapEntry {
    if Reference.isNode(root) { return RangeMapEntry(node: root, low: 0, high: .max) }
    guard Reference.isLine(root) else { return RangeMapEntry() }
    let line = lines[Int(root & Reference.payload) * 8..<Int(root & Reference.payload) * 8 + 8]
    let keys = Array(line.prefix(RangeMaps.keysPerLine))
    let below = line.suffix(3).flatMap { [UInt32(truncatingIfNeeded: $0), UInt32(truncatingIfNeeded: $0 >> 32)] }
    guard let place = below.firstIndex(where: Reference.isNode) else { return RangeMapEntry() }
    return RangeMapEntry(
      node: below[place], low: place == 0 ? 0 : keys[place - 1],
      high: place < keys.count ? keys[place] - 1 : .max)
  }
}
