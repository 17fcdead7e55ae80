import CLinux
import Units

/// Which member each flow of a team went to last, when, and how much it sends: so many places, chosen by the flow's
/// hash. Flows that share a place keep together, which costs balance and never order.
///
/// A place is two words that every worker may write; each is read and written as a whole. A flow is one worker's at a
/// time, so what is lost when two write at once is an estimate.
struct FlowletTable: @unchecked Sendable {
  static let places = 4096

  private let words: UnsafeMutablePointer<UInt64>
  let gap: UInt64

  init(gap: Nanoseconds) {
    self.gap = gap.count
    words = .allocate(capacity: 2 * Self.places)
    words.initialize(repeating: 0, count: 2 * Self.places)
  }

  func deallocate() { words.deallocate() }

  /// The place of a flow: bits of the hash that no worker's share of all flows has in common.
  @inline(__always) func place(_ hash: UInt64) -> UnsafeMutablePointer<UInt64> {
    words + 2 &* Int(hash >> 52)
  }

  @inline(__always) func flowlet(at place: UnsafeMutablePointer<UInt64>) -> Flowlet {
    Flowlet(word: ml_load_relaxed_u64(place))
  }

  @inline(__always) func set(_ flowlet: Flowlet, at place: UnsafeMutablePointer<UInt64>) {
    if ml_load_relaxed_u64(place) != flowlet.word { ml_store_relaxed_u64(place, flowlet.word) }
  }

  /// Adds to what a flow has sent lately; returns the sum.
  @inline(__always) func add(_ bytes: UInt32, at place: UnsafeMutablePointer<UInt64>, step: UInt64) -> UInt64 {
    let word = ml_load_relaxed_u64(place + 1)
    var volume = word >> 24
    let stepBits = step & 0xFF_FFFF
    if word & 0xFF_FFFF != stepBits { volume = LoadClock.decayed(volume, by: (stepBits &- word) & 0xFF_FFFF) }
    volume &+= UInt64(bytes)
    ml_store_relaxed_u64(place + 1, volume << 24 | stepBits)
    return volume
  }

  func active(now: UInt64, within time: UInt64, members: Int) -> [Int] {
    var counts = [Int](repeating: 0, count: members)
    for i in 0..<Self.places {
      let flowlet = flowlet(at: words + 2 * i)
      if flowlet.isSet, flowlet.member < members, !flowlet.isOlder(than: time, now: now) {
        counts[flowlet.member] += 1
      }
    }
    return counts
  }
}

/// The last frame of a flow: one word.
package struct Flowlet: Equatable {
  // Bit 63: set. 58-62: member. 52-57: worker. 40-51: its number among all that the worker queued for the member.
  // 0-39: moment, in units of 64 ns, which wrap after 19 hours.
  package var word: UInt64

  package init(word: UInt64) { self.word = word }

  @inline(__always) package init(member: Int, worker: Int, number: UInt64, now: UInt64) {
    word =
      1 << 63 | UInt64(truncatingIfNeeded: member & 31) << 58 | UInt64(truncatingIfNeeded: worker & 63) << 52
      | (number & 0xFFF) << 40 | (now >> 6) & Self.momentMask
  }

  private static var momentMask: UInt64 { 0xFF_FFFF_FFFF }

  package var isSet: Bool { word >> 63 != 0 }
  package var member: Int { Int(word >> 58 & 31) }
  package var worker: Int { Int(word >> 52 & 63) }
  /// Of 4,096 numbers, twice what a queue holds.
  package var number: UInt64 { word >> 40 & 0xFFF }

  /// Whether more than `time` has passed since. A worker's clock may be behind another's: then it has not.
  @inline(__always) package func isOlder(than time: UInt64, now: UInt64) -> Bool {
    let passed = Int64(bitPattern: (now >> 6 &- word) << 24) >> 24
    return passed > Int64(truncatingIfNeeded: time >> 6) &+ 1
  }

  /// Whether it was noted at this moment.
  @inline(__always) package func isOf(_ moment: UInt64) -> Bool { (moment >> 6 ^ word) & Self.momentMask == 0 }

  /// Whether a frame of this number waits in a queue from which `removed` frames have been taken.
  @inline(__always) package func isAmong(_ count: Int, after removed: UInt64) -> Bool {
    let ahead = (number &- removed) & 0xFFF
    return ahead != 0 && ahead <= UInt64(count)
  }
}
