import CLinux
import Rings
import Units

/// The learned addresses: (VLAN, MAC) → port, read by every worker without a lock and written by any.
///
/// A hash table of cache lines. A line holds a version word and three entries; an address lives in its home line or,
/// when that is full, in its spare line, which another hash chooses. Readers check that the version did not change
/// under them (a sequence lock per line); writers take both lines' versions, lower line first. Refreshing an entry's
/// time needs no lock: it is one compare-and-exchange of its value.
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

  /// Room for `addresses` entries; two lines each, so that a home line hardly ever overflows.
  public init(addresses: Int) {
    var count = 2
    while count < addresses * 2 { count *= 2 }
    // SAFETY: aligned to cache lines; zero means free.
    lines = LargeMemory.allocate(byteCount: count * 64)
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

  /// The hashes of one frame's addresses, which the worker keeps from the fetch of their lines to their look-up.
  struct Hashes {
    var source: UInt64 = 0
    var destination: UInt64 = 0
    /// Frames whose hashes are kept at once: a power of two.
    static var kept: Int { 32 }
  }

  @inline(__always) static func hash(_ address: UInt64, vlan: UInt16) -> UInt64 { mix(key(address, vlan)) }

  @inline(__always) func home(_ hash: UInt64) -> UnsafeMutablePointer<UInt64> {
    lines + Int(truncatingIfNeeded: hash & mask) &* 8
  }

  /// Never the home line: the numbers of the two differ in their last bit. Addresses that share a home have spares
  /// of their own.
  @inline(__always) func spare(_ hash: UInt64, _ home: UnsafeMutablePointer<UInt64>) -> UnsafeMutablePointer<UInt64> {
    let step = hash >> 40 & mask | 1
    return lines + Int(UInt64((home - lines) / 8) ^ step) &* 8
  }

  /// Of the key, the static bit aside: addresses come in sequences, and a simpler hash crowds them.
  @inline(__always) static func mix(_ key: UInt64) -> UInt64 { (key & ~fixed).mixed }

  /// The port behind an address, or nil.
  @inline(__always) public func port(of address: UInt64, vlan: UInt16) -> UInt16? {
    port(of: address, vlan: vlan, Self.hash(address, vlan: vlan))
  }

  @inline(__always) func port(of address: UInt64, vlan: UInt16, _ hash: UInt64) -> UInt16? {
    guard let value = find(Self.key(address, vlan), hash) else { return nil }
    return UInt16(truncatingIfNeeded: value >> 32)
  }

  /// Fetches the line an address will be looked for in.
  @inline(__always) func prefetch(_ hash: UInt64) { ml_prefetch(home(hash)) }

  @inline(__always) func find(_ key: UInt64, _ hash: UInt64) -> UInt64? {
    let home = home(hash)
    return find(key, in: home) ?? find(key, in: spare(hash, home))
  }

  @inline(__always) func find(_ key: UInt64, in line: UnsafeMutablePointer<UInt64>) -> UInt64? {
    var wait = SpinWait()
    while true {
      let version = ml_load_acquire_u64(line)
      if version & 1 == 0 {
        // Without branches: which slot it is cannot be foretold, and a wrong guess costs more than all three.
        var value: UInt64 = 0
        var hits: UInt64 = 0
        for slot in 0..<Self.slots {
          let difference = ml_load_relaxed_u64(line + 1 + slot * 2) & ~Self.fixed ^ key
          let hit = ((difference | (0 &- difference)) >> 63) &- 1
          value |= ml_load_relaxed_u64(line + 2 + slot * 2) & hit
          hits |= hit
        }
        ml_fence_acquire()
        if ml_load_relaxed_u64(line) == version { return hits == 0 ? nil : value }
      }
      wait.pause()
    }
  }

  /// Notes that `address` was seen behind `port`: learns it, moves it, or refreshes its time. Static entries stay.
  @inline(__always) public func learn(_ address: UInt64, vlan: UInt16, port: UInt16, second: UInt32) {
    learn(address, vlan: vlan, Self.hash(address, vlan: vlan), port: port, second: second)
  }

  @inline(__always) func learn(_ address: UInt64, vlan: UInt16, _ hash: UInt64, port: UInt16, second: UInt32) {
    let key = Self.key(address, vlan)
    let value = UInt64(port) << 32 | UInt64(second)
    let home = home(hash)
    if let known = find(key, in: home), known == value { return }
    update(key, value, hash)
  }

  /// All that is not "seen again within the second, in the home line".
  @inline(never) func update(_ key: UInt64, _ value: UInt64, _ hash: UInt64) {
    let home = home(hash)
    for line in LinePair(home, spare(hash, home)) {
      for slot in 0..<Self.slots {
        let stored = ml_load_acquire_u64(line + 1 + slot * 2)
        guard stored & ~Self.fixed == key else { continue }
        if stored & Self.fixed != 0 { return }
        let old = ml_load_acquire_u64(line + 2 + slot * 2)
        if old == value { return }
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
