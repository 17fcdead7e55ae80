import CLinux
import Glibc
import Ports
import Rings

/// What a worker without work does: look again, or sleep until one of its sockets has a frame.
struct Waiter {
  private var epoll: Int32 = -1
  private let wake: Int32
  private let mode: PollingMode
  private let spins: Bool
  private var idleSince: UInt64 = 0

  /// How long `adaptive` keeps looking: about what a sleep and a wake-up cost.
  private static let lookTime: UInt64 = 30_000
  /// A sleeping worker looks after its queues this often: FILL may have run empty while no chunk was free.
  private static let longestSleep: UInt64 = 100_000_000

  init(wake: Int32, mode: PollingMode, spins: Bool) {
    self.wake = wake
    self.mode = mode
    self.spins = spins
  }

  /// Makes the wait end when a frame arrives at any port of the table.
  mutating func watch(_ table: TableView, worker: Int) {
    close()
    epoll = epoll_create1(Int32(EPOLL_CLOEXEC))
    _ = ml_epoll_add(epoll, wake)
    for i in 0..<table.activeCount {
      let io = table.ports[Int(table.active[i])].io + worker
      switch io.pointee.kind {
      case .netdev:
        for s in 0..<io.pointee.socketCount {
          _ = ml_epoll_add(epoll, io.pointee.sockets.unsafelyUnwrapped[s].pointee.fd)
        }
      case .host: _ = ml_epoll_add(epoll, io.pointee.tap)
      case .memory: break
      }
    }
  }

  func close() { if epoll >= 0 { Glibc.close(epoll) } }

  /// There was work: the next idle moment is the first.
  mutating func reset() { idleSince = 0 }

  /// Waits as the mode says, at most until `until`; true when it slept.
  mutating func wait(until: UInt64, now: UInt64) -> Bool {
    if mode == .busy {
      if !spins { sched_yield() } else { ml_pause() }
      return false
    }
    if mode == .adaptive && spins {
      if idleSince == 0 { idleSince = now }
      if now &- idleSince < Self.lookTime {
        ml_pause()
        return false
      }
    }
    let limit = until > now ? min(until &- now, Self.longestSleep) : 0
    let ready = ml_epoll_wait_ns(epoll, limit)
    if ready > 0 { ml_eventfd_clear(wake) }
    return true
  }
}
