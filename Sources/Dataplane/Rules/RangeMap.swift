import CLinux

/// Maps from 64-bit keys to values of 30 bits, constant over ranges of keys: prefixes of addresses, ranges of ports.
/// Built once (`RangeMapBuilder`), read by every worker. Several maps share the memory here; each is named by its root.
///
/// A tree of two kinds of places. A *line* is one cache line with up to five keys at which the value changes. A *node*
/// is an array indexed by the next bits of the key, as many as suit the number of ranges below it. Ranges that share
/// their first bits are below a line that names the shared part, so that no node is spent on it. With evenly spread
/// ranges a look-up reads one node and one line, however many there are; at worst one of each for every four bits of
/// the key.
struct RangeMaps {
  /// 8 words a line: keys 0 to 4, then the six references before, between and behind them.
  let lines: UnsafePointer<UInt64>
  let references: UnsafePointer<UInt32>

  /// Keys in a line.
  static var keysPerLine: Int { 5 }

  /// The value at `key` of the map with this root.
  @inline(__always) func value(_ root: UInt32, at key: UInt64) -> UInt32 {
    var reference = root
    while Reference.isPlace(reference) { reference = follow(reference, key) }
    return reference
  }

  /// The value of a map over 128-bit keys: such a map over the upper half, whose values may be maps over the lower.
  @inline(__always) func value(_ root: UInt32, at high: UInt64, _ low: UInt64) -> UInt32 {
    let reference = value(root, at: high)
    guard Reference.isLowerHalf(reference) else { return reference }
    return value(Reference.lowerRoot(reference), at: low)
  }

  /// One step down the tree.
  @inline(__always) func follow(_ reference: UInt32, _ key: UInt64) -> UInt32 {
    if Reference.isNode(reference) { return references[Reference.slot(reference, key)] }
    return Self.reference(in: lines + Int(reference & Reference.payload) &* 8, key)
  }

  /// One step through a line; any other reference stays as it is. Without a branch, since which it is may be as random as
  /// the addresses are.
  @inline(__always) func pass(_ reference: UInt32, _ key: UInt64, isLine: Bool) -> UInt32 {
    let next = Self.reference(in: lines + Int(isLine ? reference & Reference.payload : 0) &* 8, key)
    return isLine ? next : reference
  }

  @inline(__always) private static func reference(in line: UnsafePointer<UInt64>, _ key: UInt64) -> UInt32 {
    var n = key >= line[0] ? 1 : 0
    n &+= key >= line[1] ? 1 : 0
    n &+= key >= line[2] ? 1 : 0
    n &+= key >= line[3] ? 1 : 0
    n &+= key >= line[4] ? 1 : 0
    // SAFETY: six references lie behind the five keys.
    return UnsafeRawPointer(line + 5).load(fromByteOffset: n &* 4, as: UInt32.self)
  }

  /// The way into a map: past a line at its root, which every look-up reads and no fetch is needed for, to what is
  /// fetched first.
  @inline(__always) func start(_ root: UInt32, _ key: UInt64) -> UInt32 {
    let reference = Reference.isLine(root) ? follow(root, key) : root
    prefetch(reference, key)
    return reference
  }

  /// One step down the tree, if there is one, and the next place fetched.
  @inline(__always) func lead(_ reference: UInt32, _ key: UInt64) -> UInt32 {
    guard Reference.isPlace(reference) else { return reference }
    let next = follow(reference, key)
    prefetch(next, key)
    return next
  }

  /// Fetches what `follow` will read.
  @inline(__always) func prefetch(_ reference: UInt32, _ key: UInt64) {
    if Reference.isNode(reference) {
      ml_prefetch_read(references + Reference.slot(reference, key))
    } else {
      prefetchLine(reference)
    }
  }

  /// Fetches the line that `reference` names; of anything else the first line, which is always at hand: cheaper than to
  /// foresee what it is.
  @inline(__always) func prefetchLine(_ reference: UInt32) {
    ml_prefetch_read(lines + Int(Reference.namesLine(reference) ? reference & Reference.payload : 0) &* 8)
  }
}

/// A word that says where to look next, or is the value. The top two bits tell which.
enum Reference {
  static var payload: UInt32 { 1 << 30 - 1 }

  /// 0: a value, in the payload.
  @inline(__always) static func isValue(_ reference: UInt32) -> Bool { reference >> 30 == 0 }
  /// 1: the line that is the root of a map over the key's lower half.
  @inline(__always) static func isLowerHalf(_ reference: UInt32) -> Bool { reference >> 30 == 1 }
  /// 2: a line, 3: a node.
  @inline(__always) static func isPlace(_ reference: UInt32) -> Bool { reference >> 31 != 0 }
  @inline(__always) static func isLine(_ reference: UInt32) -> Bool { reference >> 30 == 2 }
  @inline(__always) static func isNode(_ reference: UInt32) -> Bool { reference >> 30 == 3 }
  /// 1 or 2.
  @inline(__always) static func namesLine(_ reference: UInt32) -> Bool { (reference >> 30) &- 1 < 2 }

  static func lowerHalf(_ line: UInt32) -> UInt32 { 1 << 30 | line & payload }
  @inline(__always) static func lowerRoot(_ reference: UInt32) -> UInt32 { 2 << 30 | reference & payload }
  static func line(_ index: Int) -> UInt32 { 2 << 30 | UInt32(index) }

  /// A node over `bits` bits of the key behind the first `position`; its references begin at `index`, a multiple of 16.
  static func node(at index: Int, position: Int, bits: Int) -> UInt32 {
    precondition(index % nodeAlignment == 0 && index / nodeAlignment < 1 << 19, "a range map has too many nodes")
    return 3 << 30 | UInt32(position) << 24 | UInt32(bits) << 19 | UInt32(index / nodeAlignment)
  }

  @inline(__always) static var nodeAlignment: Int { 16 }

  @inline(__always) static func position(_ node: UInt32) -> UInt64 { UInt64(node >> 24 & 63) }
  @inline(__always) static func bits(_ node: UInt32) -> UInt64 { UInt64(node >> 19 & 31) }
  /// The index of a node's first reference.
  @inline(__always) static func first(_ node: UInt32) -> Int { Int(node & (1 << 19 - 1)) &* nodeAlignment }

  /// The index of the reference that a node has for `key`.
  @inline(__always) static func slot(_ node: UInt32, _ key: UInt64) -> Int {
    first(node) &+ Int((key &<< position(node)) &>> (64 &- bits(node)))
  }
}
