import CLinux
import Glibc
import Units

/// State behind a lock, and threads that wait for it to change (Hoare's monitor, on a POSIX mutex and condition).
package final class Monitor<State>: @unchecked Sendable {
  private let lock: UnsafeMutablePointer<pthread_mutex_t> = .allocate(capacity: 1)
  private let changed: UnsafeMutablePointer<pthread_cond_t> = .allocate(capacity: 1)
  private var state: State

  package init(_ state: State) {
    self.state = state
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

  /// Changes the state and wakes whoever waits.
  package func with<Result>(_ body: (inout State) -> Result) -> Result {
    pthread_mutex_lock(lock)
    defer {
      pthread_cond_broadcast(changed)
      pthread_mutex_unlock(lock)
    }
    return body(&state)
  }

  /// Changes the state, and wakes whoever waits if `body` says that it may concern them.
  package func change(_ body: (inout State) -> Bool) {
    pthread_mutex_lock(lock)
    if body(&state) { pthread_cond_broadcast(changed) }
    pthread_mutex_unlock(lock)
  }

  /// Waits until `body` returns a value; nil when it did not before `deadline` (CLOCK_MONOTONIC; nil: for ever).
  /// `wakes`: whether what it changes then may concern others that wait.
  package func wait<Result>(
    until deadline: Nanoseconds? = nil, wakes: Bool = true, _ body: (inout State) -> Result?
  ) -> Result? {
    pthread_mutex_lock(lock)
    defer { pthread_mutex_unlock(lock) }
    while true {
      if let result = body(&state) {
        if wakes { pthread_cond_broadcast(changed) }
        return result
      }
      guard let deadline else {
        pthread_cond_wait(changed, lock)
        continue
      }
      var until = timespec(
        tv_sec: Int(deadline.count / 1_000_000_000), tv_nsec: Int(deadline.count % 1_000_000_000))
      if pthread_cond_timedwait(changed, lock, &until) == ETIMEDOUT {
        let result = body(&state)
        if result != nil, wakes { pthread_cond_broadcast(changed) }
        return result
      }
    }
  }
}
