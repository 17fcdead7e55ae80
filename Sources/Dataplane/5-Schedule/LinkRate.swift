import CLinux
import Units

/// What a link carries: frames leave no faster than its rate, whichever worker sends them (the virtual scheduling
/// form of GCRA, ITU-T I.371). One atomic word is the moment at which the link has sent all that was admitted.
///
/// Rates count Ethernet frames without FCS, preamble and gap; `overhead` adds them where the link has them.
public struct LinkRate: @unchecked Sendable {
  /// The moment, in ticks; nil when the link is not limited.
  let word: UnsafeMutablePointer<UInt64>?
  /// Nanoseconds a byte takes, times 2^20.
  let scaledNanosecondsPerByte: UInt64
  /// How far ahead of the clock the link may be filled: covers the time between a worker's passes.
  let burst: UInt64
  let overhead: UInt32

  /// Ticks a nanosecond, as a shift: whole nanoseconds would misjudge 64 bytes at 100 Gbit/s by 2 %. Moments wrap after
  /// nine years; they are compared by their difference.
  private static let tickShift: UInt64 = 6

  /// No limit.
  public static let unlimited = LinkRate(word: nil, scaledNanosecondsPerByte: 0, burst: 0, overhead: 0)

  private init(word: UnsafeMutablePointer<UInt64>?, scaledNanosecondsPerByte: UInt64, burst: UInt64, overhead: UInt32) {
    self.word = word
    self.scaledNanosecondsPerByte = scaledNanosecondsPerByte
    self.burst = burst
    self.overhead = overhead
  }

  /// A limit; `overhead` is added to each frame. Free it with `deallocate()`.
  public init(_ rate: BitRate, overhead: Bytes, burst: Nanoseconds = .milliseconds(1)) {
    let word = UnsafeMutablePointer<UInt64>.allocate(capacity: 1)
    word.initialize(to: 0)
    self.init(
      word: word, scaledNanosecondsPerByte: (8_000_000_000 << 20) / max(1, rate.bitsPerSecond),
      burst: burst.count, overhead: UInt32(overhead.count))
  }

  public func deallocate() { word?.deallocate() }

  @inline(__always) public var isLimited: Bool { word != nil }

  /// Admits `bytes` in `frames` frames at `now`, or returns the moment at which to ask again.
  @inline(__always)
  public func admit(bytes: UInt32, frames: UInt32, now: UInt64) -> UInt64? {
    guard let word else { return nil }
    let half: UInt64 = 1 << (19 - Self.tickShift)
    let cost =
      (UInt64(bytes &+ frames &* overhead) &* scaledNanosecondsPerByte &+ half) >> (20 - Self.tickShift)
    let moment = now << Self.tickShift
    while true {
      let filled = ml_load_relaxed_u64(word)
      // 0: nothing was sent yet.
      let ahead = filled == 0 ? 0 : Int64(bitPattern: filled &- moment)
      if ahead > Int64(burst << Self.tickShift) {
        return now &+ (UInt64(ahead) >> Self.tickShift) &- burst &+ 1
      }
      // An idle link does not save up what it could have sent.
      let next = (ahead > 0 ? filled : moment) &+ cost
      if ml_compare_exchange_u64(word, filled, next) { return nil }
    }
  }
}
