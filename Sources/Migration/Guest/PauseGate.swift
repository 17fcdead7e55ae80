import CLinux
import Glibc
import Synchronization
import Units

/// Where one thread is held by others: `pause` returns once the thread stands at the gate (or has left), so what it
/// wrote before is all it wrote.
package final class PauseGate: @unchecked Sendable {
  package enum Passage {
    /// Nothing asked.
    case running
    /// It was held, and is let go.
    case resumed
    /// It must end.
    case stopped
  }

  // The lock guards held, stopping and gone; `closed` repeats held || stopping for the thread's quick look.
  private let lock: UnsafeMutablePointer<pthread_mutex_t> = .allocate(capacity: 1)
  private let changed: UnsafeMutablePointer<pthread_cond_t> = .allocate(capacity: 1)
  private let closed = Atomic<Bool>(false)
  private var held = false
  private var stopping = false
  private var standing = false
  private var gone = false
  private var entered = false
  private var heldAt: UInt64 = 0

  package init() {
    pthread_mutex_init(lock, nil)
    var attributes = pthread_condattr_t()
    pthread_condattr_init(&attributes)
    pthread_condattr_setclock(&attributes, CLOCK_MONOTONIC)
    pthread_cond_init(changed, &attributes)
    pthread_condattr_destroy(&attributes)
  }

  deinit {
    pthread_cond_destroy(changed)
    pthread_mutex_destroy(lock)
    changed.deallocate()
    lock.deallocate()
  }

  /// Whether the thread should come to `poll`.
  package var isClosed: Bool { closed.load(ordering: .relaxed) }

  /// Holds the thread. Returns at once when no thread runs behind the gate.
  package func pause() {
    locked {
      held = true
      closed.store(true, ordering: .relaxed)
      pthread_cond_broadcast(changed)
      while entered && !standing && !gone && held { pthread_cond_wait(changed, lock) }
    }
  }

  /// Lets the thread go, and returns once it is on its way.
  package func resume() {
    locked {
      held = false
      closed.store(stopping, ordering: .relaxed)
      pthread_cond_broadcast(changed)
      while standing && !held && !stopping { pthread_cond_wait(changed, lock) }
    }
  }

  /// When the thread came to stand here last (CLOCK_MONOTONIC); 0: it never did.
  package var lastHeld: Nanoseconds { locked { Nanoseconds(heldAt) } }

  package func stop() {
    locked {
      stopping = true
      closed.store(true, ordering: .relaxed)
      pthread_cond_broadcast(changed)
    }
  }

  /// A thread is about to run behind the gate: from here on `pause` waits for it.
  package func enter() { locked { entered = true } }

  /// The thread passes, or is held here.
  package func poll() -> Passage {
    locked {
      if stopping { return .stopped }
      guard held else { return .running }
      standing = true
      heldAt = ml_monotonic_ns()
      pthread_cond_broadcast(changed)
      while held && !stopping { pthread_cond_wait(changed, lock) }
      standing = false
      pthread_cond_broadcast(changed)
      return stopping ? .stopped : .resumed
    }
  }

  /// The thread sleeps, but not past a pause or stop.
  package func wait(upTo span: Nanoseconds) {
    locked {
      guard !held, !stopping else { return }
      var until = timespec()
      clock_gettime(CLOCK_MONOTONIC, &until)
      let nanoseconds = UInt64(until.tv_nsec) + span.count
      until.tv_sec += Int(nanoseconds / 1_000_000_000)
      until.tv_nsec = Int(nanoseconds % 1_000_000_000)
      _ = pthread_cond_timedwait(changed, lock, &until)
    }
  }

  /// The thread ends: nobody needs to wait for it any more.
  package func leave() {
    locked {
      gone = true
      pthread_cond_broadcast(changed)
    }
  }

  private func locked<Result>(_ body: () -> Result) -> Result {
    pthread_mutex_lock(lock)
    defer { pthread_mutex_unlock(lock) }
    return body()
  }
}
