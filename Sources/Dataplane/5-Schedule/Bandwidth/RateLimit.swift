import CLinux
import Units

/// A rate that workers share: one atomic word, the moment up to which all that was taken uses the rate.
///
/// Who takes looks first (`paid`), takes as much as it likes, and charges it: the next one waits until that is paid. A rate
/// that was not used saves up its depth, so that a worker that comes late misses nothing.
struct RateLimit {
  let word: UnsafeMutablePointer<UInt64>
  let ticksPerByte: Double
  let depth: UInt64

  /// Ticks a nanosecond, as a shift.
  static var shift: UInt64 { 4 }

  static func ticks(_ time: Nanoseconds) -> UInt64 { time.count << shift }

  /// Ticks that `rate` needs for a byte.
  static func ticksPerByte(_ rate: BitRate) -> Double {
    8e9 * Double(1 << shift) / Double(max(1, rate.bitsPerSecond))
  }

  init(_ word: UnsafeMutablePointer<UInt64>, ticksPerByte: Double, depth: UInt64) {
    self.word = word
    self.ticksPerByte = ticksPerByte
    self.depth = depth
  }

  /// The moment, in ticks, at which all that was taken is paid.
  @inline(__always) var paid: UInt64 { ml_load_relaxed_u64(word) }

  @inline(__always) func charge(_ bytes: Int, at ticks: UInt64) { _ = charge(bytes, at: ticks, ifPaidBy: .max) }

  /// As `charge`, unless what was taken is paid later than `moment`: of two workers that looked at once, one takes.
  @inline(__always) func charge(_ bytes: Int, at ticks: UInt64, ifPaidBy moment: UInt64) -> Bool {
    let cost = UInt64(Double(bytes) * ticksPerByte)
    let floor = ticks > depth ? ticks &- depth : 0
    while true {
      let old = ml_load_relaxed_u64(word)
      if old > moment { return false }
      if ml_compare_exchange_u64(word, old, max(old, floor) &+ cost) { return true }
    }
  }
}
