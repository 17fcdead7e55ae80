/// The first node of a map and the keys it is for, taken apart once: where most look-ups of a map begin, and end.
struct RangeMapEntry {
  private var low: UInt64 = 0
  private var span: UInt64 = 0
  /// Index of the node's first line.
  private var first = 0
  private var leftShift: UInt64 = 0
  private var rightShift: UInt64 = 0
  private var hasNode = false

  /// No key has a way through a node.
  init() {}

  /// - Parameter key: one of those the node is for.
  init(node: UInt32, for key: UInt64) {
    span = .max >> Reference.position(node)
    low = key & ~span
    leftShift = Reference.position(node)
    rightShift = 64 - Reference.bits(node)
    first = Reference.first(node)
    hasNode = true
  }

  /// What `line(of:)` says of keys that do not pass the node.
  static var outside: UInt32 { .max }

  /// The index of the node's line for a key.
  @inline(__always) func line(of key: UInt64) -> UInt32 {
    guard hasNode, key &- low <= span else { return Self.outside }
    return UInt32(truncatingIfNeeded: first &+ Int((key &<< leftShift) &>> rightShift))
  }
}
