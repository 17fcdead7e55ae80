import CLinux
import Glibc

/// The pause between two looks at what another thread is about to change: gives the CPU away when that thread seems to
/// be preempted (workers may share a CPU), and sleeps when that is not enough: a real-time thread yields to no ordinary one.
public struct SpinWait {
  @usableFromInline var spins = 0

  @inlinable public init() {}

  @inlinable public mutating func pause() {
    spins &+= 1
    if spins & 63 != 0 {
      ml_pause()
    } else if spins <= 512 {
      sched_yield()
    } else {
      ml_sleep_ns(1000)
    }
  }
}

/// A lock of one word, taken once per batch: held for some dozen instructions, tried before it is waited for.
///
/// The word lives in memory that several workers share and must outlive every user.
public struct SpinLock {
  @usableFromInline let word: UnsafeMutablePointer<UInt32>

  @inlinable public init(word: UnsafeMutablePointer<UInt32>) { self.word = word }

  @inlinable public func tryLock() -> Bool {
    ml_load_relaxed_u32(word) == 0 && ml_compare_exchange_u32(word, 0, 1)
  }

  /// Waits.
  @inlinable public func lock() {
    var wait = SpinWait()
    while !tryLock() { wait.pause() }
  }

  @inlinable public func unlock() { ml_store_release_u32(word, 0) }
}
