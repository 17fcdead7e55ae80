import CLinux
import Glibc

/// Calls back when a link of this network namespace appears, changes or goes (rtnetlink(7)), from a thread of its own.
final class LinkWatcher: @unchecked Sendable {
  private let fd: Int32
  private let stopEvent: Int32
  private let epoll: Int32
  private var thread = pthread_t()
  private let changed: @Sendable () -> Void

  /// nil when the kernel gives no link events: devices are then looked after once a second only.
  init?(changed: @escaping @Sendable () -> Void) {
    fd = ml_link_events()
    guard fd >= 0 else { return nil }
    stopEvent = ml_eventfd()
    epoll = epoll_create1(Int32(EPOLL_CLOEXEC))
    _ = ml_epoll_add(epoll, fd)
    _ = ml_epoll_add(epoll, stopEvent)
    self.changed = changed
    let box = Unmanaged.passRetained(self)
    pthread_create(
      &thread, nil,
      { argument in
        Unmanaged<LinkWatcher>.fromOpaque(argument!).takeRetainedValue().run()
        return nil
      }, box.toOpaque())
  }

  func stop() {
    ml_eventfd_signal(stopEvent)
    pthread_join(thread, nil)
    for fd in [fd, stopEvent, epoll] { close(fd) }
  }

  private func run() {
    while true {
      _ = ml_epoll_wait_ns(epoll, 3_600_000_000_000)
      var value: UInt64 = 0
      if read(stopEvent, &value, 8) == 8 { return }
      ml_link_events_drain(fd)
      changed()
    }
  }
}
