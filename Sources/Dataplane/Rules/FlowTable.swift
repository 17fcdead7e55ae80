import CLinux
import Glibc
import Rings

/// The flows that stateful rules allowed, of all ports: read by every worker without a lock, written by any, bounded.
///
/// Return traffic may arrive at another worker than what it answers, so that the table is shared; a key names local and
/// remote end and is the same for both directions. A hash table of cache lines: a *group* has a word for its lock and
/// seven slots, a slot a tag and an entry's number. A key lives in its home group or, when that was full, in its spare
/// one; a count in the home group tells whether the spare need be looked at. Entries are cache lines too, taken from a
/// pool, so that memory is only touched as far as flows need it.
///
/// Readers take an entry's state word before and after its key: its generation tells when an entry became another's.
public struct FlowTable: @unchecked Sendable {
  // A group: [lock in bit 0, spare entries from bit 1; 7 slots: tag in the upper half, entry's number + 1 in the lower].
  // An entry: [state; key in 5 words; cell, idle seconds in the upper half; whether the opener is the local end].
  static let slots = 7

  let groups: UnsafeMutablePointer<UInt64>
  let entries: UnsafeMutablePointer<UInt64>
  /// Numbers of entries that were given back.
  let free: UnsafeMutablePointer<UInt32>
  /// [lock; entries given back; entries ever used; refused], under the lock but for the last.
  let pool: UnsafeMutablePointer<UInt64>
  let mask: UInt64
  let seed: UInt64
  /// Flows that fit.
  public let capacity: Int

  /// - Parameter seed: a secret of this table, so that nobody can choose flows that share a group.
  public init(capacity: Int, seed: UInt64) {
    let count = Self.groups(for: capacity)
    mask = UInt64(count - 1)
    groups = Self.map(words: count * 8)
    entries = Self.map(words: capacity * 8)
    free = UnsafeMutableRawPointer(Self.map(words: (capacity + 1) / 2))
      .bindMemory(to: UInt32.self, capacity: capacity)
    pool = .allocate(capacity: 4)
    pool.initialize(repeating: 0, count: 4)
    self.capacity = capacity
    self.seed = seed
  }

  private static func groups(for capacity: Int) -> Int {
    var count = 16
    while count * 5 < capacity * 2 { count *= 2 }
    return count
  }

  /// What a table takes of memory once it was full.
  public static func bytes(capacity: Int) -> Int { (groups(for: capacity) + capacity) * 64 + capacity * 4 }

  public func deallocate() {
    munmap(groups, Int(mask + 1) * 64)
    munmap(entries, capacity * 64)
    munmap(free, (capacity + 1) / 2 * 8)
    pool.deallocate()
  }

  /// Zeroed memory that costs nothing until it is touched.
  private static func map(words: Int) -> UnsafeMutablePointer<UInt64> {
    guard let memory = LargeMemory.reserve(byteCount: words * 8) else {
      fatalError("no address space for the flow table")
    }
    return memory.bindMemory(to: UInt64.self, capacity: words)
  }

  /// Flows in the table, those that are silent for too long until the next `expire` included.
  public var count: Int { Int(ml_load_relaxed_u64(pool + 2) &- ml_load_relaxed_u64(pool + 1)) }

  /// New flows that found no room.
  public var refusedCount: UInt64 { ml_load_relaxed_u64(pool + 3) }

  /// A flow found, as it was at that moment.
  package struct Found {
    var entry: UnsafeMutablePointer<UInt64>
    var word: UInt64
    package var cell: UInt32
    var openerIsLocal: Bool

    @inline(__always) var state: FlowState { FlowWord.state(word) }
  }

  @inline(__always) func home(_ hash: UInt64) -> UnsafeMutablePointer<UInt64> { groups + Int(hash & mask) &* 8 }

  /// Never the home group: the numbers of the two differ in their last bit.
  @inline(__always) func spare(_ hash: UInt64) -> UnsafeMutablePointer<UInt64> {
    groups + Int((hash ^ (hash >> 32 & mask | 1)) & mask) &* 8
  }

  @inline(__always) package func hash(_ key: FlowKey) -> UInt64 { key.hash(seed) }

  /// Fetches the group a flow will be looked for in.
  @inline(__always) func prefetchGroup(_ hash: UInt64) { ml_prefetch_read(home(hash)) }

  /// The entry that the tags of the home group name, which is fetched; 0: none. Without a branch, as no processor foresees
  /// which slot it is.
  @inline(__always) func guess(_ hash: UInt64) -> UInt32 {
    let group = home(hash)
    var found: UInt64 = 0
    for slot in 1...Self.slots {
      let word = ml_load_relaxed_u64(group + slot)
      found = word >> 32 == hash >> 32 ? word : found
    }
    let number = UInt32(truncatingIfNeeded: found)
    if number != 0 { ml_prefetch_read(entry(found)) }
    return number
  }

  @inline(__always) func entry(_ slot: UInt64) -> UnsafeMutablePointer<UInt64> {
    entries + (Int(slot & 0xFFFF_FFFF) &- 1) &* 8
  }

  /// The same, of which `guess` has said the entry.
  @inline(__always) func find(_ key: FlowKey, _ hash: UInt64, guess: UInt32, second: UInt32) -> Found? {
    if guess != 0, let found = read(entry(UInt64(guess)), key, second) { return found }
    return find(key, hash, second: second)
  }

  /// The flow with this key, if there is one that has not been silent for too long.
  @inline(never) package func find(_ key: FlowKey, _ hash: UInt64, second: UInt32) -> Found? {
    let home = home(hash)
    if let found = find(key, hash, in: home, second) { return found }
    if ml_load_relaxed_u64(home) >> 1 == 0 { return nil }
    return find(key, hash, in: spare(hash), second)
  }

  @inline(__always) private func find(
    _ key: FlowKey, _ hash: UInt64, in group: UnsafeMutablePointer<UInt64>, _ second: UInt32
  ) -> Found? {
    for slot in 1...Self.slots {
      let word = ml_load_acquire_u64(group + slot)
      if word == 0 || word >> 32 != hash >> 32 { continue }
      if let found = read(entry(word), key, second) { return found }
    }
    return nil
  }

  /// What an entry says, if it is this flow's.
  @inline(__always) private func read(
    _ entry: UnsafeMutablePointer<UInt64>, _ key: FlowKey, _ second: UInt32
  ) -> Found? {
    let state = ml_load_acquire_u64(entry)
    let same = FlowKey(reading: entry + 1) == key
    let rest = ml_load_relaxed_u64(entry + 6)
    let opener = ml_load_relaxed_u64(entry + 7)
    ml_fence_acquire()
    guard same, FlowWord.generation(ml_load_relaxed_u64(entry)) == FlowWord.generation(state),
      !FlowWord.isOver(state, idleSeconds: UInt32(rest >> 32), second: second)
    else { return nil }
    return Found(entry: entry, word: state, cell: UInt32(truncatingIfNeeded: rest), openerIsLocal: opener != 0)
  }

  /// Notes a frame of a flow: its time, and what its TCP flags say. Nothing is written twice a second.
  @inline(__always) package func note(_ found: Found, isTCP: Bool, flags: UInt8, fromLocal: Bool, second: UInt32) {
    var word = found.word
    while true {
      let state = FlowWord.state(word)
      let next = isTCP ? state.after(flags: flags, fromOpener: fromLocal == found.openerIsLocal) : state
      // Frames that come late do not keep a closed flow alive.
      let seen = state == .closed ? UInt32(truncatingIfNeeded: word) : second
      let new = FlowWord.make(generation: FlowWord.generation(word), next, second: seen)
      if new == word || ml_compare_exchange_u64(found.entry, word, new) { return }
      word = ml_load_acquire_u64(found.entry)
      if FlowWord.generation(word) != FlowWord.generation(found.word) { return }
    }
  }
}

/// An entry's state word: generation from bit 48, state from bit 32, second of last use below.
enum FlowWord {
  @inline(__always) static func make(generation: UInt64, _ state: FlowState, second: UInt32) -> UInt64 {
    generation << 48 | UInt64(state.rawValue) << 32 | UInt64(second)
  }

  @inline(__always) static func generation(_ word: UInt64) -> UInt64 { word >> 48 }

  @inline(__always) static func state(_ word: UInt64) -> FlowState {
    // SAFETY: only `make` writes these bits.
    unsafeBitCast(UInt8(truncatingIfNeeded: word >> 32), to: FlowState.self)
  }

  @inline(__always) static func isOver(_ word: UInt64, idleSeconds: UInt32, second: UInt32) -> Bool {
    let silent = second &- UInt32(truncatingIfNeeded: word)
    // A worker's clock may be a moment behind the one that wrote.
    return silent < 1 << 31 && silent > state(word).patience(idleSeconds: idleSeconds) || state(word) == .none
  }
}
