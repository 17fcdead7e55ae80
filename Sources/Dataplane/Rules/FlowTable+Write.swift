import CLinux
import Rings

/// Flows that come and go.
extension FlowTable {
  /// Enters a flow, or begins it anew when it was closed or silent for too long. Another worker may have entered it just
  /// before: then it stays as it is. False when the table is full.
  @inline(never) package func insert(
    _ key: FlowKey, _ hash: UInt64, _ state: FlowState, cell: UInt32, idleSeconds: UInt32, openerIsLocal: Bool,
    second: UInt32
  ) -> Bool {
    withGroups(of: hash) { home, spare in
      var room: UnsafeMutablePointer<UInt64>?
      for group in LinePair(home, spare) {
        for slot in 1...Self.slots {
          let word = ml_load_relaxed_u64(group + slot)
          if word == 0 {
            if room == nil { room = group + slot }
          } else if word >> 32 == hash >> 32, FlowKey(reading: entry(word) + 1) == key {
            let old = ml_load_relaxed_u64(entry(word))
            let idle = UInt32(ml_load_relaxed_u64(entry(word) + 6) >> 32)
            if FlowWord.state(old) == .closed || FlowWord.isOver(old, idleSeconds: idle, second: second) {
              write(key, state, cell, idleSeconds, openerIsLocal, second, to: entry(word))
            }
            return true
          }
        }
      }
      guard let room, let number = take() else {
        _ = ml_fetch_add_u64(pool + 3, 1)
        return false
      }
      write(key, state, cell, idleSeconds, openerIsLocal, second, to: entries + number * 8)
      ml_store_release_u64(room, hash & ~0xFFFF_FFFF | UInt64(number + 1))
      if room > spare && room <= spare + Self.slots { _ = ml_fetch_add_u64(home, 2) }
      return true
    }
  }

  /// Removes flows that have been silent for too long; returns how many.
  @discardableResult public func expire(second: UInt32) -> Int {
    remove { FlowWord.isOver($0.state, idleSeconds: $0.idleSeconds, second: second) }
  }

  /// Removes the flows that these rules allowed; returns how many.
  @discardableResult public func remove(cells: Set<UInt32>) -> Int { remove { cells.contains($0.cell) } }

  private typealias Facts = (state: UInt64, idleSeconds: UInt32, cell: UInt32)

  private func facts(_ entry: UnsafeMutablePointer<UInt64>) -> Facts {
    let rest = ml_load_relaxed_u64(entry + 6)
    return (ml_load_relaxed_u64(entry), UInt32(rest >> 32), UInt32(truncatingIfNeeded: rest))
  }

  private func remove(where matches: (Facts) -> Bool) -> Int {
    if count == 0 { return 0 }
    var removed = 0
    for number in 0...Int(mask) {
      let group = groups + number * 8
      for slot in 1...Self.slots {
        let seen = ml_load_acquire_u64(group + slot)
        if seen == 0 || !matches(facts(entry(seen))) { continue }
        let hash = FlowKey(reading: entry(seen) + 1).hash(seed)
        withGroups(of: hash) { home, spare in
          // It may have gone, or be another's, or have been seen again meanwhile.
          guard group == home || group == spare, ml_load_relaxed_u64(group + slot) == seen,
            seen >> 32 == hash >> 32, matches(facts(entry(seen)))
          else { return }
          ml_store_release_u64(group + slot, 0)
          if group == spare { _ = ml_fetch_add_u64(home, 0 &- 2) }
          let entry = entry(seen)
          let generation = FlowWord.generation(ml_load_relaxed_u64(entry)) &+ 1
          ml_store_release_u64(entry, FlowWord.make(generation: generation & 0xFFFF, .none, second: 0))
          give(Int(seen & 0xFFFF_FFFF) - 1)
          removed += 1
        }
      }
    }
    return removed
  }

  private func write(
    _ key: FlowKey, _ state: FlowState, _ cell: UInt32, _ idleSeconds: UInt32, _ openerIsLocal: Bool,
    _ second: UInt32, to entry: UnsafeMutablePointer<UInt64>
  ) {
    let generation = (FlowWord.generation(ml_load_relaxed_u64(entry)) &+ 1) & 0xFFFF
    ml_store_relaxed_u64(entry, FlowWord.make(generation: generation, .none, second: 0))
    ml_fence_seq_cst()
    key.write(to: entry + 1)
    ml_store_relaxed_u64(entry + 6, UInt64(idleSeconds) << 32 | UInt64(cell))
    ml_store_relaxed_u64(entry + 7, openerIsLocal ? 1 : 0)
    ml_store_release_u64(entry, FlowWord.make(generation: generation, state, second: second))
  }

  /// The number of an entry nobody uses, or nil.
  private func take() -> Int? {
    lock(pool)
    defer { unlock(pool) }
    if pool[1] > 0 {
      ml_store_relaxed_u64(pool + 1, pool[1] &- 1)
      return Int(free[Int(pool[1])])
    }
    guard pool[2] < UInt64(capacity) else { return nil }
    ml_store_relaxed_u64(pool + 2, pool[2] &+ 1)
    return Int(pool[2]) - 1
  }

  private func give(_ number: Int) {
    lock(pool)
    free[Int(pool[1])] = UInt32(number)
    ml_store_relaxed_u64(pool + 1, pool[1] &+ 1)
    unlock(pool)
  }

  /// Runs `body` with a key's home and spare group locked; readers go on.
  private func withGroups<R>(
    of hash: UInt64, _ body: (_ home: UnsafeMutablePointer<UInt64>, _ spare: UnsafeMutablePointer<UInt64>) -> R
  ) -> R {
    let (home, spare) = (home(hash), spare(hash))
    let (low, high) = home < spare ? (home, spare) : (spare, home)
    lock(low)
    lock(high)
    defer {
      unlock(high)
      unlock(low)
    }
    return body(home, spare)
  }

  /// Bit 0 of the word.
  private func lock(_ word: UnsafeMutablePointer<UInt64>) {
    var wait = SpinWait()
    while true {
      let value = ml_load_relaxed_u64(word)
      if value & 1 == 0 && ml_compare_exchange_u64(word, value, value | 1) { return }
      wait.pause()
    }
  }

  private func unlock(_ word: UnsafeMutablePointer<UInt64>) { _ = ml_fetch_add_u64(word, UInt64.max) }
}
