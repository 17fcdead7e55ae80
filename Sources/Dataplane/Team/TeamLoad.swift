import CLinux

/// The clock by which loads are forgotten: an eighth at each step of 8.4 ms, so that a load is about what was sent in
/// the last 67 ms.
enum LoadClock {
  @inline(__always) static func step(_ now: UInt64) -> UInt64 { now >> 23 }

  @inline(__always) static func decayed(_ load: UInt64, by steps: UInt64) -> UInt64 {
    if steps > 255 { return 0 }
    var load = load
    for _ in 0..<steps { load &-= load >> 3 }
    return load
  }
}

/// What members carry, as a worker sees it: the sums that all workers add to once a pass, and its own part of this pass.
extension Team {
  @inline(__always) func load(of member: Int, worker: Int) -> UInt64 {
    words.load(.load, member) &+ words.load(.pending, worker, member)
  }

  /// The live member that carries least; of equals the one given, then the lowest.
  @inline(__always) func leastLoaded(of live: UInt64, worker: Int, preferring preferred: Int) -> Int {
    var best = preferred
    var least = load(of: preferred, worker: worker)
    var rest = live
    while rest != 0 {
      let member = rest.trailingZeroBitCount
      rest &= rest &- 1
      let load = load(of: member, worker: worker)
      if load < least {
        least = load
        best = member
      }
    }
    return best
  }

  /// Counts what a worker sends; what it sent before goes to the sums when its clock has moved on.
  @inline(__always) func count(_ bytes: UInt32, member: Int, worker: Int, now: UInt64) {
    if words.added(worker).pointee != now { addPending(worker: worker, now: now) }
    words.add(.pending, worker, member, UInt64(bytes))
  }

  /// Moves a flow's part of the load along with the flow: the next flow to choose must see it there.
  @inline(__always) func shift(_ bytes: UInt64, from: Int, to: Int) {
    _ = ml_fetch_add_u64(words.place(.load, to), bytes)
    // Never below nothing: what the flow sent may have decayed since it was counted.
    words.change(.load, from) { $0 &- min($0, bytes) }
  }

  @inline(never) private func addPending(worker: Int, now: UInt64) {
    words.added(worker).pointee = now
    forget(by: LoadClock.step(now))
    for member in 0..<memberCount {
      let place = words.place(.pending, worker, member)
      if place.pointee == 0 { continue }
      _ = ml_fetch_add_u64(words.place(.load, member), place.pointee)
      ml_store_relaxed_u64(place, 0)
    }
  }

  /// Loads fade; whoever comes first in a step does it for all.
  private func forget(by step: UInt64) {
    let last = words[.loadStep]
    guard step > last, ml_compare_exchange_u64(words.words + TeamWords.Word.loadStep.rawValue, last, step) else {
      return
    }
    for member in 0..<memberCount { words.change(.load, member) { LoadClock.decayed($0, by: step &- last) } }
  }
}
