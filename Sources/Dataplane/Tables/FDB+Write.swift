import CLinux
import Units

/// Changes of the table: by workers that learn, and by control.
extension FDB {
  public struct Entry: Sendable, Equatable {
    public var address: MACAddress
    public var vlan: UInt16
    public var port: PortID
    public var isStatic: Bool
    /// Second of the switch's clock at which it was last seen.
    public var second: UInt32
  }

  /// Entries in the table, and addresses refused because it was full.
  public var entryCount: Int { Int(ml_load_relaxed_u64(tally)) }
  public var refusedCount: UInt64 { ml_load_relaxed_u64(tally + 1) }

  /// Adds or moves an entry. When the pair of lines is full the oldest learned entry makes room.
  @inline(never) func insert(_ key: UInt64, _ value: UInt64, isStatic: Bool = false) {
    withPair(of: key) { low, high in
      var free: UnsafeMutablePointer<UInt64>?
      var oldest: UnsafeMutablePointer<UInt64>?
      for line in LinePair(low, high) {
        for slot in 0..<Self.slots {
          let entry = line + 1 + slot * 2
          if entry[0] & ~Self.fixed == key {
            if entry[0] & Self.fixed != 0 && !isStatic { return }
            if isStatic { ml_store_relaxed_u64(entry, key | Self.fixed) }
            ml_store_relaxed_u64(entry + 1, value)
            return
          }
          if entry[0] == 0 {
            if free == nil { free = entry }
          } else if entry[0] & Self.fixed == 0 {
            if oldest == nil || UInt32(truncatingIfNeeded: entry[1]) < UInt32(truncatingIfNeeded: oldest![1]) {
              oldest = entry
            }
          }
        }
      }
      if free != nil && ml_load_relaxed_u64(tally) >= UInt64(capacity) { free = nil }
      guard let entry = free ?? oldest else {
        _ = ml_fetch_add_u64(tally + 1, 1)
        return
      }
      if free != nil { _ = ml_fetch_add_u64(tally, 1) }
      ml_store_relaxed_u64(entry, isStatic ? key | Self.fixed : key)
      ml_store_relaxed_u64(entry + 1, value)
    }
  }

  public func insertStatic(_ address: MACAddress, vlan: UInt16, port: PortID) {
    insert(Self.key(address.value, vlan), UInt64(port.index) << 32, isStatic: true)
  }

  /// Removes the entries that `matches` chooses.
  public func remove(where matches: (Entry) -> Bool) {
    forEachEntry { entry, key in
      guard matches(entry) else { return }
      withPair(of: key) { low, high in
        for line in LinePair(low, high) {
          for slot in 0..<Self.slots where line[1 + slot * 2] == key {
            ml_store_relaxed_u64(line + 1 + slot * 2, 0)
            _ = ml_fetch_add_u64(tally, UInt64.max)
          }
        }
      }
    }
  }

  /// Removes learned entries not seen for `ageing` seconds.
  public func age(second: UInt32, ageing: UInt32) {
    remove { !$0.isStatic && second > $0.second && second - $0.second > ageing }
  }

  public func entries() -> [Entry] {
    var all: [Entry] = []
    forEachEntry { entry, _ in all.append(entry) }
    return all
  }

  private func forEachEntry(_ body: (Entry, UInt64) -> Void) {
    for index in 0...Int(mask) {
      let line = lines + index * 8
      for slot in 0..<Self.slots {
        let key = ml_load_acquire_u64(line + 1 + slot * 2)
        if key == 0 { continue }
        let value = ml_load_acquire_u64(line + 2 + slot * 2)
        let entry = Entry(
          address: MACAddress(value: key), vlan: UInt16(key >> 48 & 0xFFF),
          port: PortID(UInt16(truncatingIfNeeded: value >> 32)), isStatic: key & Self.fixed != 0,
          second: UInt32(truncatingIfNeeded: value))
        // An entry that changed while it was read is passed over; it will be read next time.
        if ml_load_acquire_u64(line + 1 + slot * 2) == key { body(entry, key) }
      }
    }
  }

  /// Runs `body` with both lines of a key's pair taken; readers of them wait meanwhile.
  private func withPair(
    of key: UInt64, _ body: (UnsafeMutablePointer<UInt64>, UnsafeMutablePointer<UInt64>) -> Void
  ) {
    let home = line(key)
    let other = neighbour(home)
    let (low, high) = home < other ? (home, other) : (other, home)
    let versions = (take(low), take(high))
    body(low, high)
    ml_store_release_u64(high, versions.1 &+ 2)
    ml_store_release_u64(low, versions.0 &+ 2)
  }

  /// Makes a line's version odd; returns what it was.
  private func take(_ line: UnsafeMutablePointer<UInt64>) -> UInt64 {
    while true {
      let version = ml_load_relaxed_u64(line)
      if version & 1 == 0, ml_compare_exchange_u64(line, version, version | 1) {
        ml_fence_seq_cst()
        return version
      }
      ml_pause()
    }
  }
}
