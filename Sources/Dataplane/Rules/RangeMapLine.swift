/// One cache line of `RangeMaps`: keys in order, and the references before, between and behind them.
///
/// Sixteen words of 32 bits: seven keys, eight references, and how far keys are shifted. All keys that come to a line
/// share their first bits, so that 32 behind those tell them apart wherever the line's own have zeros behind. Where they
/// have not, the line is *wide*: four keys of 64 bits, five references.
struct RangeMapLine {
  static var size: Int { 64 }
  static var words: Int { 16 }
  static var keys: Int { 7 }
  static var wideKeys: Int { 4 }
  private static var wide: UInt32 { 64 }

  /// What a line has for a key.
  @inline(__always) static func reference(_ line: UnsafeRawPointer, _ key: UInt64) -> UInt32 {
    // SAFETY: a line is 64 bytes, aligned to them; the references lie behind the keys, one more than there are keys.
    let shift = line.load(fromByteOffset: 60, as: UInt32.self)
    if shift == wide { return wideReference(line, key) }
    let keys = line.assumingMemoryBound(to: UInt32.self)
    let own = UInt32(truncatingIfNeeded: key &>> UInt64(shift))
    var n = own >= keys[0] ? 1 : 0
    n &+= own >= keys[1] ? 1 : 0
    n &+= own >= keys[2] ? 1 : 0
    n &+= own >= keys[3] ? 1 : 0
    n &+= own >= keys[4] ? 1 : 0
    n &+= own >= keys[5] ? 1 : 0
    n &+= own >= keys[6] ? 1 : 0
    return line.load(fromByteOffset: 28 &+ n &* 4, as: UInt32.self)
  }

  @inline(never) private static func wideReference(_ line: UnsafeRawPointer, _ key: UInt64) -> UInt32 {
    // SAFETY: as above; keys of 64 bits come first.
    var n = 0
    for i in 0..<wideKeys { n &+= key >= line.load(fromByteOffset: 8 &* i, as: UInt64.self) ? 1 : 0 }
    return line.load(fromByteOffset: 32 &+ n &* 4, as: UInt32.self)
  }

  /// The words of the line.
  let content: [UInt32]
  let references: [UInt32]

  /// - Parameters:
  ///   - keys: as many as `capacity` says at most.
  ///   - references: one more.
  ///   - position: the first bits that all keys share which come to the line.
  init(_ keys: some Collection<UInt64>, _ references: [UInt32], position: Int) {
    let isWide = !Self.isNarrow(keys, position: position)
    let capacity = isWide ? Self.wideKeys : Self.keys
    precondition(keys.count <= capacity && references.count == keys.count + 1, "a line of too many keys")
    precondition(keys.allSatisfy { ($0 ^ keys.first!) & ~(.max >> UInt64(position)) == 0 }, "keys of two places")
    // A key of all ones counts the filling too: it is the last value again.
    let filling = capacity - keys.count
    let filled = references + repeatElement(references[keys.count], count: filling)
    let shift = Self.shift(at: position)
    let own =
      isWide
      ? keys.flatMap(Self.words) + Array(repeating: .max, count: 2 * filling)
      : keys.map { UInt32(truncatingIfNeeded: $0 >> UInt64(shift)) } + Array(repeating: .max, count: filling)
    self.references = references
    content = own + filled + (isWide ? [0, 0, Self.wide] : [UInt32(shift)])
  }

  private static func words(_ key: UInt64) -> [UInt32] { [UInt32(truncatingIfNeeded: key), UInt32(key >> 32)] }

  /// How many keys a line for some of these can hold.
  static func capacity(for keys: some Collection<UInt64>, position: Int) -> Int {
    isNarrow(keys, position: position) ? Self.keys : wideKeys
  }

  private static func shift(at position: Int) -> Int { max(0, 32 - position) }

  /// Whether 32 bits behind the shared ones tell the keys apart from all others.
  private static func isNarrow(_ keys: some Collection<UInt64>, position: Int) -> Bool {
    let behind = UInt64(1) << UInt64(shift(at: position)) - 1
    return keys.allSatisfy { $0 & behind == 0 }
  }
}
