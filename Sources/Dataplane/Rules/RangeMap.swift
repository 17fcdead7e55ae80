import CLinux

/// Maps from 64-bit keys to values of 30 bits, constant over ranges of keys: prefixes of addresses, ranges of ports.
/// Built once (`RangeMapBuilder`), read by every worker. Several maps share the memory here; each is named by its root.
///
/// A tree of *lines* (`RangeMapLine`), each with up to seven keys at which the value changes. A *node* is an array of
/// lines indexed by the next bits of the key, as many as suit the number of ranges below it. Ranges that share their
/// first bits are below a line that names the shared part, so that no node is spent on it. With evenly spread ranges a
/// look-up reads one line behind the root, however many there are; at worst one for every four bits of the key.
struct RangeMaps {
  let lines: UnsafeRawPointer

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
  @inline(__always) func follow(_ place: UInt32, _ key: UInt64) -> UInt32 {
    reference(inLine: Reference.line(of: place, key), key)
  }

  /// What a line, named by its index, has for a key.
  @inline(__always) func reference(inLine index: Int, _ key: UInt64) -> UInt32 {
    RangeMapLine.reference(lines + index &* RangeMapLine.size, key)
  }

  /// One step down the tree, if there is one, and the next line fetched.
  @inline(__always) func lead(_ reference: UInt32, _ key: UInt64) -> UInt32 {
    guard Reference.isPlace(reference) else { return reference }
    let next = follow(reference, key)
    prefetch(next, key)
    return next
  }

  /// Fetches the line that a reference names; for a value the first line, which is always at hand.
  @inline(__always) func prefetch(_ reference: UInt32, _ key: UInt64) {
    prefetch(line: Reference.isValue(reference) ? 0 : Reference.line(of: reference, key))
  }

  /// Fetches a line, named by its index.
  @inline(__always) func prefetch(line index: Int) { ml_prefetch_read(lines + index &* RangeMapLine.size) }
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

  static func lowerHalf(_ line: UInt32) -> UInt32 { 1 << 30 | line & payload }
  @inline(__always) static func lowerRoot(_ reference: UInt32) -> UInt32 { 2 << 30 | reference & payload }
  static func line(_ index: Int) -> UInt32 { 2 << 30 | UInt32(index) }

  /// A node over `bits` bits of the key behind the first `position`; its lines begin at `index`, a multiple of 16.
  static func node(at index: Int, position: Int, bits: Int) -> UInt32 {
    precondition(index % nodeAlignment == 0 && index / nodeAlignment < 1 << 19, "a range map has too many nodes")
    return 3 << 30 | UInt32(position) << 24 | UInt32(bits) << 19 | UInt32(index / nodeAlignment)
  }

  @inline(__always) static var nodeAlignment: Int { 16 }

  @inline(__always) static func position(_ node: UInt32) -> UInt64 { UInt64(node >> 24 & 63) }
  @inline(__always) static func bits(_ node: UInt32) -> UInt64 { UInt64(node >> 19 & 31) }
  /// The index of a node's first line.
  @inline(__always) static func first(_ node: UInt32) -> Int { Int(node & (1 << 19 - 1)) &* nodeAlignment }

  /// The index of the line that is read for `key`; the reference is no value.
  @inline(__always) static func line(of place: UInt32, _ key: UInt64) -> Int {
    guard isNode(place) else { return Int(place & payload) }
    return first(place) &+ Int((key &<< position(place)) &>> (64 &- bits(place)))
  }
}
