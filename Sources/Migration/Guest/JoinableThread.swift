import CLinux
import Glibc

/// A POSIX thread that runs one closure. `join` it exactly once; dropping it without leaves the thread on its own.
package final class JoinableThread: @unchecked Sendable {
  private var handle = pthread_t()
  private var joined = false

  private final class Body {
    let name: String
    let run: @Sendable () -> Void
    init(name: String, run: @escaping @Sendable () -> Void) {
      self.name = name
      self.run = run
    }
  }

  /// `name`: at most 15 bytes are shown by the kernel.
  package init(name: String, _ run: @escaping @Sendable () -> Void) {
    let body = Unmanaged.passRetained(Body(name: String(name.prefix(15)), run: run))
    let result = pthread_create(
      &handle, nil,
      { argument in
        let body = Unmanaged<Body>.fromOpaque(argument!).takeRetainedValue()
        ml_name_thread(body.name)
        body.run()
        return nil
      }, body.toOpaque())
    precondition(result == 0, "pthread_create: \(MigrationError.text(errno: result))")
  }

  package func join() {
    guard !joined else { return }
    joined = true
    pthread_join(handle, nil)
  }

  deinit { if !joined { pthread_detach(handle) } }
}
