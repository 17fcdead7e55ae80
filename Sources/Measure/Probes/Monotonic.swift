import Glibc
import Units

/// The clock that samples and migrations are stamped with.
public enum Monotonic {
  /// CLOCK_MONOTONIC.
  public static func now() -> Nanoseconds {
    var time = timespec()
    clock_gettime(CLOCK_MONOTONIC, &time)
    return Nanoseconds(UInt64(time.tv_sec) * 1_000_000_000 + UInt64(time.tv_nsec))
  }
}
