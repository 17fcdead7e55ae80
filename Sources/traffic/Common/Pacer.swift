import CLinux
import Units

/// Holds a sender to a rate, and a command to its time. Never hurries to make up for more than it is told.
struct Pacer {
  /// Frames a second; nil: as fast as it goes.
  let rate: Double?
  let start: Nanoseconds

  init(rate: Double?, start: Nanoseconds) { (self.rate, self.start) = (rate, start) }

  /// How long to wait at `now` until frame number `sent` (from 0) may leave.
  func wait(sent: Int, now: Nanoseconds) -> Nanoseconds {
    guard let rate else { return Nanoseconds(0) }
    return start + Nanoseconds(UInt64(Double(sent) / rate * 1e9)) - now
  }

  /// Waits until frame number `sent` may leave.
  func pace(sent: Int) {
    guard rate != nil else { return }
    let wait = wait(sent: sent, now: Self.now)
    if wait.count > 0 { ml_sleep_ns(wait.count) }
  }

  static var now: Nanoseconds { Nanoseconds(ml_monotonic_ns()) }
}
