import CLinux
import Glibc
import Ports
import Rings

/// What a worker without work does: look again, or sleep until one of its sockets has a frame.
///
/// The sockets are in an epoll set only while the worker sleeps now and then: the kernel calls back into the set for
/// every frame that a member receives or completes, which costs a busy worker and its senders a tenth of their time.
struct Waiter: ~Copyable {
  /// -1: the worker is busy, nothing is watched.
  private var epoll: Int32 = -1
  private let wake: Int32
  private let mode: PollingMode
  private let looks: Bool
  private var idleSince: UInt64 = 0
  /// When the worker last woke; 0 while that is not known yet.
  private var awakeSince: UInt64 = 0
  private var crowd = CrowdedCPU()

  /// How long `adaptive` keeps looking before it sleeps: doubled by each sleep that looking a little longer would have
  /// spared, back to the shortest after one that it would not.
  private var lookTime = Self.shortestLook

  /// About what a sleep and a wake-up cost.
  private static let shortestLook: UInt64 = 30_000
  /// A steady exchange of requests has its pauses below this; who comes more seldom does not feel the wake-up.
  private static let longestLook: UInt64 = 200_000
  /// A sleeping worker looks after its queues this often: FILL may have run empty while no chunk was free.
  private static let longestSleep: UInt64 = 100_000_000
  /// A worker that has not slept for so long is busy.
  private static let busyTime: UInt64 = 1_000_000

  init(wake: Int32, mode: PollingMode, looks: Bool) {
    self.wake = wake
    self.mode = mode
    self.looks = looks
  }

  deinit { if epoll >= 0 { close(epoll) } }

  /// Forgets the sockets: the table has changed, or the worker is busy.
  mutating func unwatch() {
    if epoll >= 0 { close(epoll) }
    epoll = -1
  }

  /// Makes the wait end when a frame arrives at any port of the table. Sockets that have one already end it at once.
  private mutating func watch(_ table: TableView, worker: Int) {
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

  /// There was work: the next idle moment is the first.
  @inline(__always) mutating func reset(now: UInt64) {
    idleSince = 0
    if awakeSince == 0 { awakeSince = now }
    // A worker that shares its CPU, or is held to a share of it, sleeps between batches however busy it is.
    if looks && epoll >= 0 && now &- awakeSince > Self.busyTime { unwatch() }
  }

  /// Waits as the mode says, at most until `until`; true when it slept.
  mutating func wait(until: UInt64, now: UInt64, _ table: TableView, worker: Int) -> Bool {
    if mode == .busy {
      if !looks { sched_yield() } else { ml_pause() }
      return false
    }
    if mode == .adaptive && looks && crowd.mayLook(at: now) {
      if idleSince == 0 {
        idleSince = now
        crowd.beginLooking(at: now)
      } else {
        crowd.look(at: now)
      }
      if now &- idleSince < lookTime {
        ml_pause()
        return false
      }
    }
    if epoll < 0 { watch(table, worker: worker) }
    awakeSince = 0
    let limit = until > now ? min(until &- now, Self.longestSleep) : 0
    let ready = ml_epoll_wait_ns(epoll, limit)
    if ready > 0 { ml_eventfd_clear(wake) }
    let awake = ml_monotonic_ns()
    adjustLookTime(isAwaited: ready > 0, at: awake)
    // Sleep is no time that others took.
    crowd.beginLooking(at: awake)
    return true
  }

  /// After a sleep: was it worth it?
  private mutating func adjustLookTime(isAwaited: Bool, at now: UInt64) {
    let pause = now &- idleSince
    let isSpared = isAwaited && pause < Self.longestLook
    lookTime = isSpared ? min(2 &* lookTime, Self.longestLook) : Self.shortestLook
  }
}
