import CLinux
import Glibc

/// Where the migrations of a run wait for each other once their targets have accepted them, so that those meant to run
/// at the same time do: a target needs a while to take the memory, and not the same while for each.
final class StartLine: @unchecked Sendable {
  private let lock: UnsafeMutablePointer<pthread_mutex_t> = .allocate(capacity: 1)
  private let changed: UnsafeMutablePointer<pthread_cond_t> = .allocate(capacity: 1)
  private var missing: Int

  init(expecting count: Int) {
    missing = count
    pthread_mutex_init(lock, nil)
    pthread_cond_init(changed, nil)
  }

  deinit {
    pthread_cond_destroy(changed)
    pthread_mutex_destroy(lock)
    changed.deallocate()
    lock.deallocate()
  }

  /// Waits until everybody expected has arrived or given up.
  func arrive() {
    pthread_mutex_lock(lock)
    missing -= 1
    pthread_cond_broadcast(changed)
    while missing > 0 { pthread_cond_wait(changed, lock) }
    pthread_mutex_unlock(lock)
  }

  /// Somebody expected will not arrive.
  func giveUp() {
    pthread_mutex_lock(lock)
    missing -= 1
    pthread_cond_broadcast(changed)
    pthread_mutex_unlock(lock)
  }
}
