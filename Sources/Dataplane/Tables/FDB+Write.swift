import CLinux
import Rings
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

  /// Adds or moves an entry. When both its lines are full an entry of them moves to its other line; when none can,
  /// the oldest learned entry makes room.
  @inline(never) func insert(_ key: UInt64, _ value: UInt64, isStatic: Bool = false) {
    withLines(of: key) { home, spare in
      var free: UnsafeMutablePointer<UInt64>?
      var oldest: UnsafeMutablePointer<UInt64>?
      for line in LinePair(home, spare) {
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
      // Lines have more room than what may be learned: a static address finds it.
      if !isStatic && ml_load_relaxed_u64(tally) >= UInt64(capacity) {
        free = nil
      } else if free == nil {
        free = displaceOne(of: home, spare)
      }
      guard let entry = free ?? oldest else {
        _ = ml_fetch_add_u64(tally + 1, 1)
        return
      }
      if free != nil { _ = ml_fetch_add_u64(tally, 1) }
      ml_store_relaxed_u64(entry, isStatic ? key | Self.fixed : key)
      ml_store_relaxed_u64(entry + 1, value)
    }
  }

  /// Moves an entry of two taken lines to its other line; returns the slot it left, or nil when every other line is
  /// full or taken.
  private func displaceOne(
    of home: UnsafeMutablePointer<UInt64>, _ spare: UnsafeMutablePointer<UInt64>
  ) -> UnsafeMutablePointer<UInt64>? {
    for line in LinePair(home, spare) {
      for slot in 0..<Self.slots {
        let entry = line + 1 + slot * 2
        let hash = Self.mix(entry[0])
        let itsHome = self.home(hash)
        let other = itsHome == line ? self.spare(hash, itsHome) : itsHome
        // Taken out of order, and so only if it is free this moment.
        guard other != home, other != spare, let version = tryTake(other) else { continue }
        defer { ml_store_release_u64(other, version &+ 2) }
        for place in 0..<Self.slots where other[1 + place * 2] == 0 {
          ml_store_relaxed_u64(other + 1 + place * 2, entry[0])
          ml_store_relaxed_u64(other + 2 + place * 2, entry[1])
          return entry
        }
      }
    }
    return nil
  }

  public func insertStatic(_ address: MACAddress, vlan: UInt16, port: PortID) {
    insert(Self.key(address.value, vlan), UInt64(port.index) << 32, isStatic: true)
  }

  /// Removes the entries that `matches` chooses; one that is seen again or moves meanwhile stays.
  public func remove(where matches: (Entry) -> Bool) {
    forEachEntry { entry, key, value in
      guard matches(entry) else { return }
      withLines(of: key) { home, spare in
        for line in LinePair(home, spare) {
          for slot in 0..<Self.slots where line[1 + slot * 2] == key && line[2 + slot * 2] == value {
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
    forEachEntry { entry, _, _ in all.append(entry) }
    return all
  }

  private func forEachEntry(_ body: (Entry, _ key: UInt64, _ value: UInt64) -> Void) {
    for index in 0...Int(mask) {
      for slot in 0..<Self.slots {
        let (key, value) = read(lines + index * 8, slot)
        if key == 0 { continue }
        let entry = Entry(
          address: MACAddress(value: key), vlan: UInt16(key >> 48 & 0xFFF),
          port: PortID(UInt16(truncatingIfNeeded: value >> 32)), isStatic: key & Self.fixed != 0,
          second: UInt32(truncatingIfNeeded: value))
        body(entry, key, value)
      }
    }
  }

  /// A key and the value that belongs to it.
  private func read(_ line: UnsafeMutablePointer<UInt64>, _ slot: Int) -> (key: UInt64, value: UInt64) {
    var wait = SpinWait()
    while true {
      let version = ml_load_acquire_u64(line)
      if version & 1 == 0 {
        let key = ml_load_relaxed_u64(line + 1 + slot * 2)
        let value = ml_load_relaxed_u64(line + 2 + slot * 2)
        ml_fence_acquire()
        if ml_load_relaxed_u64(line) == version { return (key, value) }
      }
      wait.pause()
    }
  }

  /// Runs `body` with a key's home and spare line taken; readers of them wait meanwhile.
  private func withLines(
    of key: UInt64, _ body: (_ home: UnsafeMutablePointer<UInt64>, _ spare: UnsafeMutablePointer<UInt64>) -> Void
  ) {
    let hash = Self.mix(key)
    let home = home(hash)
    let spare = spare(hash, home)
    let (low, high) = home < spare ? (home, spare) : (spare, home)
    let versions = (take(low), take(high))
    body(home, spare)
    ml_store_release_u64(high, versions.1 &+ 2)
    ml_store_release_u64(low, versions.0 &+ 2)
  }

  /// Makes a line's version odd; returns what it was.
  private func take(_ line: UnsafeMutablePointer<UInt64>) -> UInt64 {
    var wait = SpinWait()
    while true {
      if let version = tryTake(line) { return version }
      wait.pause()
    }
  }

  private func tryTake(_ line: UnsafeMutablePointer<UInt64>) -> UInt64? {
    let version = ml_load_relaxed_u64(line)
    guard version & 1 == 0, ml_compare_exchange_u64(line, version, version | 1) else { return nil }
    ml_fence_seq_cst()
    return version
  }
}
