import CLinux
import Glibc
import Rings
import Units

/// How a worker waits for frames.
public enum PollingMode: String, Sendable, CaseIterable, Codable {
  /// Looks for some microseconds, then sleeps until a frame arrives.
  case adaptive
  /// Never sleeps.
  case busy
  /// Sleeps as soon as nothing is there.
  case interrupt
}

/// One pinned thread that drives a worker: polls, forwards, transmits, and sleeps when idle.
public final class WorkerThread: @unchecked Sendable {
  public struct Options: Sendable {
    public var cpu: Int
    public var polling: PollingMode
    /// nil: a real core.
    public var emulatedShare: Share?
    /// Another worker is pinned to the same CPU: looking for frames would take its time.
    public var sharesCPU: Bool
    /// The kernel lets it run before every ordinary thread (SCHED_FIFO). It does not look before it sleeps, since nothing
    /// else could use its CPU meanwhile.
    public var isRealtime: Bool

    public init(
      cpu: Int, polling: PollingMode, emulatedShare: Share? = nil, sharesCPU: Bool = false, isRealtime: Bool = false
    ) {
      self.cpu = cpu
      self.polling = polling
      self.emulatedShare = emulatedShare
      self.sharesCPU = sharesCPU
      self.isRealtime = isRealtime
    }

    var looks: Bool { !sharesCPU && emulatedShare == nil && !isRealtime }
  }

  /// The kernel refuses the thread: `errno`.
  public struct StartError: Error {
    public let code: Int32
  }

  public let index: Int
  public let options: Options
  let shared = WorkerShared()
  let pool: FramePool
  let wake: Int32
  public let entryCounters = EntryCounters()
  private let handOver: HandOverTable?
  private var thread = pthread_t()
  private var isStarted = false

  /// Descriptors an emulated core takes at once: a batch must be short against the time it is slept off in.
  static let emulatedReceiveLimit = 64

  /// What a worker asks for as its turn on a CPU that others want, too: the shortest that the kernel grants.
  private static let slice: UInt64 = 100_000

  public init(index: Int, pool: FramePool, options: Options, handOver: HandOverTable? = nil) {
    self.index = index
    self.options = options
    self.pool = pool
    self.handOver = handOver
    wake = ml_eventfd()
    handOver?.setWake(wake, of: index)
  }

  deinit {
    handOver?.setWake(-1, of: index)
    close(wake)
    shared.deallocate()
  }

  /// Starts the thread; a table must have been published to it.
  public func start() throws(StartError) {
    var attributes = pthread_attr_t()
    pthread_attr_init(&attributes)
    defer { pthread_attr_destroy(&attributes) }
    if options.isRealtime {
      // The lowest real-time priority: threads of the kernel that have one go first.
      var parameters = sched_param(sched_priority: 1)
      pthread_attr_setinheritsched(&attributes, Int32(PTHREAD_EXPLICIT_SCHED))
      pthread_attr_setschedpolicy(&attributes, SCHED_FIFO)
      pthread_attr_setschedparam(&attributes, &parameters)
    }
    let box = Unmanaged.passRetained(self)
    let result = pthread_create(
      &thread, &attributes,
      { argument in
        let worker = Unmanaged<WorkerThread>.fromOpaque(argument!).takeRetainedValue()
        worker.run()
        return nil
      }, box.toOpaque())
    guard result == 0 else {
      box.release()
      throw StartError(code: result)
    }
    isStarted = true
  }

  /// Ends the thread after its current batch. What it held is back in the pool then, its output queues excepted.
  public func stop() {
    guard isStarted else { return }
    shared[.stop] = 1
    ml_eventfd_signal(wake)
    pthread_join(thread, nil)
    isStarted = false
  }

  private func run() {
    _ = ml_pin_thread(Int32(options.cpu))
    ml_name_thread("worker \(index)")
    ml_set_timer_slack(1)
    if !options.isRealtime { _ = ml_set_slice(Self.slice) }
    shared[.thread] = UInt64(ml_thread_id())
    var worker = Worker(
      index: index, pool: pool,
      receiveLimit: options.emulatedShare == nil ? Worker.batchLimit : Self.emulatedReceiveLimit, handOver: handOver,
      entryCounters: entryCounters)
    var waiter = Waiter(wake: wake, mode: options.polling, looks: options.looks)
    var emulation = options.emulatedShare.map {
      EmulatedShare($0, cpu: Nanoseconds(ml_thread_cpu_ns()), wall: Nanoseconds(ml_monotonic_ns()))
    }
    var generation: UInt64 = 0
    var table: UnsafePointer<TableView>?
    while shared[.stop] == 0 {
      let newest = shared[.generation]
      if newest != generation {
        generation = newest
        // Behind its generation, and only then: no frame is forwarded by a table before it is adopted.
        // SAFETY: control frees a table only after `seenGeneration` has passed it.
        let next = UnsafePointer<TableView>(bitPattern: UInt(shared[.table])).unsafelyUnwrapped
        worker.adopt(next.pointee, after: table?.pointee)
        waiter.unwatch()
        table = next
        shared[.seenGeneration] = newest
      }
      // SAFETY: control publishes a table before it starts the thread.
      loop(&worker, table.unsafelyUnwrapped, &waiter, &emulation)
    }
    worker.discardWaiting()
    shared[.cached] = 0
    shared[.held] = 0
  }

  /// One turn: a pass, its bookkeeping, and the wait after it. A function of its own, so that Scripts/hot-path finds
  /// where the frame's road begins.
  @inline(never)
  private func loop(
    _ worker: inout Worker, _ table: UnsafePointer<TableView>, _ waiter: inout Waiter,
    _ emulation: inout EmulatedShare?
  ) {
    let begin = ml_monotonic_ns()
    let work = worker.pass(table.pointee, now: begin)
    shared[.cached] = UInt64(worker.heldChunks)
    shared[.held] = UInt64(worker.waitingChunks)
    shared[.passes] &+= 1
    if work > 0 {
      shared[.frames] &+= UInt64(work)
      shared[.batches] &+= 1
      let end = ml_monotonic_ns()
      shared[.busy] &+= end &- begin
      worker.noteSlowPass(from: begin, to: end)
      waiter.reset(now: begin)
    }
    if emulation != nil {
      let cpu = ml_thread_cpu_ns()
      shared[.cpu] = cpu
      let pause = emulation!.settle(cpu: Nanoseconds(cpu), wall: Nanoseconds(ml_monotonic_ns()))
      if pause.count > 0 { ml_sleep_ns(min(pause.count, 100_000_000)) }
    }
    if work == 0, waiter.wait(until: worker.nextWork, now: begin, table.pointee, worker: index) {
      shared[.sleeps] &+= 1
      if emulation == nil { shared[.cpu] = ml_thread_cpu_ns() }
    }
  }
}
