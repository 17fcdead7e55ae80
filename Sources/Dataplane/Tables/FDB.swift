import CLinux
import Units

/// The learned addresses: (VLAN, MAC) → port, read by every worker without a lock and written by any.
///
/// A hash table of cache lines. A line holds a version word and three entries; an address lives in its own line or in
/// the neighbour of that line's pair. Readers check that the version did not change under them (a sequence lock per
/// line); writers take the pair's versions, lower line first. Refreshing an entry's time needs no lock: it is one
/// compare-and-exchange of its value.
public struct FDB: @unchecked Sendable {
  // A line: [version, key, value, key, value, key, value, unused].
  // Key: valid bit 63, static bit 62, VLAN at bit 48, MAC below; 0 is free. Value: port at bit 32, second of last use.
  static let valid: UInt64 = 1 << 63
  static let fixed: UInt64 = 1 << 62
  static let slots = 3

  let lines: UnsafeMutablePointer<UInt64>
  let mask: UInt64
  /// [entries, refused]: atomic.
  let tally: UnsafeMutablePointer<UInt64>
  let capacity: Int

  /// Room for `addresses` entries; two lines each, so that hardly any pair overflows.
  public init(addresses: Int) {
    var count = 2
    while count < addresses * 2 { count *= 2 }
    // SAFETY: aligned to a pair of lines; zero means free.
    lines = UnsafeMutableRawPointer.allocate(byteCount: count * 64, alignment: 128)
      .initializeMemory(as: UInt64.self, repeating: 0, count: count * 8)
    mask = UInt64(count - 1)
    tally = .allocate(capacity: 2)
    tally.initialize(repeating: 0, count: 2)
    capacity = addresses
  }

  public func deallocate() {
    lines.deallocate()
    tally.deallocate()
  }

  @inline(__always) static func key(_ address: UInt64, _ vlan: UInt16) -> UInt64 {
    valid | UInt64(vlan) << 48 | address
  }

  @inline(__always) func line(_ key: UInt64) -> UnsafeMutablePointer<UInt64> {
    // Multiplicative hashing (Knuth): the high bits mix all of the key's; the static bit is not part of it.
    let mixed = (key & ~Self.fixed) &* 0x9E37_79B9_7F4A_7C15
    return lines + Int(((mixed >> 32) ^ (mixed >> 17)) & mask) &* 8
  }

  @inline(__always) func neighbour(_ line: UnsafeMutablePointer<UInt64>) -> UnsafeMutablePointer<UInt64> {
    let index = (line - lines) / 8
    return lines + (index ^ 1) &* 8
  }

  /// The port behind an address, or nil.
  @inline(__always) public func port(of address: UInt64, vlan: UInt16) -> UInt16? {
    guard let value = find(Self.key(address, vlan)) else { return nil }
    return UInt16(truncatingIfNeeded: value >> 32)
  }

  /// Fetches the line an address will be looked for in.
  @inline(__always) func prefetch(_ address: UInt64, vlan: UInt16) { ml_prefetch(line(Self.key(address, vlan))) }

  @inline(__always) func find(_ key: UInt64) -> UInt64? {
    let home = line(key)
    return find(key, in: home) ?? find(key, in: neighbour(home))
  }

  @inline(__always) func find(_ key: UInt64, in line: UnsafeMutablePointer<UInt64>) -> UInt64? {
    while true {
      let version = ml_load_acquire_u64(line)
      if version & 1 == 0 {
        var found: UInt64?
        for slot in 0..<Self.slots where ml_load_relaxed_u64(line + 1 + slot * 2) & ~Self.fixed == key {
          found = ml_load_relaxed_u64(line + 2 + slot * 2)
        }
        ml_fence_acquire()
        if ml_load_relaxed_u64(line) == version { return found }
      }
      ml_pause()
    }
  }

  /// Notes that `address` was seen behind `port`: learns it, moves it, or refreshes its time. Static entries stay.
  @inline(__always) public func learn(_ address: UInt64, vlan: UInt16, port: UInt16, second: UInt32) {
    let key = Self.key(address, vlan)
    let value = UInt64(port) << 32 | UInt64(second)
    let home = line(key)
    if let known = find(key, in: home), known == value { return }
    update(key, value, home)
  }

  /// All that is not "seen again within the second".
  @inline(never) func update(_ key: UInt64, _ value: UInt64, _ home: UnsafeMutablePointer<UInt64>) {
    for line in LinePair(home, neighbour(home)) {
      for slot in 0..<Self.slots {
        let stored = ml_load_acquire_u64(line + 1 + slot * 2)
        guard stored & ~Self.fixed == key else { continue }
        if stored & Self.fixed != 0 { return }
        let old = ml_load_acquire_u64(line + 2 + slot * 2)
        if old >> 32 == value >> 32 {
          // Another worker refreshed it first when this fails.
          _ = ml_compare_exchange_u64(line + 2 + slot * 2, old, value)
          return
        }
      }
    }
    insert(key, value)
  }
}

/// Two lines in a `for` loop without an array's allocation.
struct LinePair: Sequence, IteratorProtocol {
  private var first: UnsafeMutablePointer<UInt64>?
  private var second: UnsafeMutablePointer<UInt64>?

  init(_ a: UnsafeMutablePointer<UInt64>, _ b: UnsafeMutablePointer<UInt64>) {
    first = a
    second = b
  }

  mutating func next() -> UnsafeMutablePointer<UInt64>? {
    let value = first
    first = second
    second = nil
    return value
  }
}
