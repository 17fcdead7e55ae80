import CLinux
import Synchronization
import Units

/// Holds what several threads send together to a rate. The plan is pure; `wait` sleeps.
package final class Pacer: Sendable {
  private let rate: BitRate
  private let free = Mutex<UInt64>(0)
  /// Time not used may be made up for within this span.
  private static let burst = Nanoseconds.milliseconds(5)

  package init(_ rate: BitRate) { self.rate = rate }

  /// When so many bytes may go, asked at `now`.
  package func reserve(bytes: Int, at now: Nanoseconds) -> Nanoseconds {
    free.withLock {
      let start = max($0, now.count - min(now.count, Self.burst.count))
      $0 = start + UInt64(Double(bytes) * 8e9 / Double(rate.bitsPerSecond))
      return Nanoseconds(start)
    }
  }

  func wait(bytes: Int) {
    let now = Nanoseconds(ml_monotonic_ns())
    let start = reserve(bytes: bytes, at: now)
    if start > now { ml_sleep_ns((start - now).count) }
  }
}
