import CLinux
import Synchronization
import Units

/// Listens for migrations and receives each connection on a thread of its own.
public final class MigrationTarget: Sendable {
  /// What a target tells while it runs.
  public enum Event: Sendable {
    /// A migration has ended, well or not.
    case ended(ReceivedFigures)
    /// Somebody connected who is no source; one line.
    case stranger(String)
  }

  public struct Options: Sendable {
    public var memoryLimit: Bytes
    public var security: StreamSecurity
    /// VMs run on until the target is stopped; otherwise each is stopped, and its memory given back, once verified.
    public var keepsRunning: Bool
    /// Migrations at a time; others wait at their sources.
    public var simultaneous: Int?
    /// A migration is not begun while this host's CPUs are busier than this, 0 to 1.
    public var cpuLimit: Double?
    /// How long a source may be away. Longer than any source waits, so that one that asks whether its VM runs here
    /// gets an answer as long as it asks.
    public var patience = Nanoseconds.seconds(90)

    public init(
      memoryLimit: Bytes, security: StreamSecurity, keepsRunning: Bool = false, simultaneous: Int? = nil,
      cpuLimit: Double? = nil
    ) {
      self.memoryLimit = memoryLimit
      self.security = security
      self.keepsRunning = keepsRunning
      self.simultaneous = simultaneous
      self.cpuLimit = cpuLimit
    }
  }

  private struct State: ~Copyable {
    var ended: [ReceivedFigures] = []
    /// VMs that run here on their own.
    var kept: [VirtualMachine] = []
    /// VMs that a drain has left paused here, since they may run elsewhere or are lost.
    var held: [VirtualMachine] = []
    /// By migration; those that are over stay, so that a late question is answered.
    var sessions: [[UInt64]: ReceivingSession] = [:]
    /// Migrations that are not over.
    var active = 0
    var open: [Int: TCPConnection] = [:]
    /// By the number of the connection; a thread that is through is named in `through` and joined by the next accept.
    var threads: [Int: JoinableThread] = [:]
    var through: [Int] = []
    var isStopping = false
    /// No more migrations are taken in, for good.
    var isClosed = false
    /// As many as were asked for have ended.
    var hasEnough = false
    /// A drain is under way.
    var isDraining = false
    var isOver = false
  }

  private let listener: TCPListener
  private let options: Options
  private let context: TLSContext?
  private let budget: MemoryBudget
  private let load = HostLoad()
  private let report: @Sendable (Event) -> Void
  private let state = Mutex(State())

  /// Listens from here on; connections wait until `run`. `report` is called from several threads.
  public init(
    listen endpoint: Endpoint, options: Options, report: @escaping @Sendable (Event) -> Void = { _ in }
  ) throws(MigrationError) {
    self.options = options
    self.report = report
    context = try TLSContext(options.security, side: .target)
    budget = MemoryBudget(limit: options.memoryLimit)
    listener = try TCPListener(endpoint)
  }

  /// The address and port it listens on.
  public var endpoint: Endpoint { listener.endpoint }

  /// VMs that run here now.
  public var runningVMs: [VirtualMachine] {
    let (kept, sessions) = state.withLock { ($0.kept, Array($0.sessions.values)) }
    return kept + sessions.compactMap(\.runningVM)
  }

  /// No VM is here, running or paused, and none is on its way here.
  public var isEmpty: Bool { state.withLock { $0.active + $0.kept.count + $0.held.count } == 0 }

  /// Receives until `count` migrations have ended (nil: without end) or `stop` was called; returns them all, in the
  /// order they ended.
  public func run(count: Int? = nil) -> [ReceivedFigures] {
    let keeper = JoinableThread(name: "keeper") { [self] in lookAfterSessions(count: count) }
    var number = 0
    while let (connection, peer) = listener.accept() {
      let this = number
      number += 1
      // The lock is held until the thread is in the table, so that it cannot be through before.
      state.withLock { state in
        state.open[this] = connection
        if state.isStopping { connection.shutdown() }
        state.threads[this] = JoinableThread(name: "receive") { [self] in
          receive(over: connection, from: peer)
          self.state.withLock {
            $0.open[this] = nil
            $0.through.append(this)
          }
          connection.close()
        }
      }
      joinThreads(onlyThrough: true)
    }
    joinThreads(onlyThrough: false)
    state.withLock { $0.isOver = true }
    keeper.join()
    return state.withLock { $0.ended }
  }

  /// Sends the VMs that run here to other hosts and takes no more in; those on their way here are waited for, and sent
  /// on. One that cannot go runs on here, and the next drain tries it again. One that may run on its target, or is
  /// lost, stays paused here, and no drain sends it again: another copy could come to run beside the first.
  ///
  /// Returns the figures of all that were sent. Throws when one is under way already, or when `targets` names none.
  public func drain(
    to targets: [[Endpoint]], simultaneous: Int?, transport: TransportOptions,
    using random: inout some RandomNumberGenerator
  ) throws(MigrationError) -> MigrationReport {
    let isFirst = state.withLock { state in
      defer { (state.isClosed, state.isDraining) = (true, true) }
      return !state.isDraining
    }
    guard isFirst else { throw MigrationError("drain", "one is under way already", fix: "wait for its end") }
    defer { state.withLock { $0.isDraining = false } }
    var migrations: [MigrationFigures] = []
    var tried: [VirtualMachine] = []
    while true {
      let (kept, arriving) = state.withLock { ($0.kept, $0.isStopping ? 0 : $0.active) }
      let vms = kept.filter { vm in !tried.contains { $0 === vm } }
      if vms.isEmpty {
        guard arriving > 0 else { return MigrationReport(migrations) }
        ml_sleep_ns(20_000_000)
        continue
      }
      tried += vms
      let run = try MigrationRun(
        draining: vms, to: targets, simultaneous: simultaneous, transport: transport, using: &random)
      let report = run.migrate()
      migrations += report.migrations
      for (vm, figures) in zip(vms, report.migrations) where figures.runsOn != .source {
        let isThere = figures.runsOn == .target
        state.withLock { state in
          state.kept.removeAll { $0 === vm }
          if !isThere { state.held.append(vm) }
        }
        if isThere { budget.giveBack(vm.profile.memory) }
      }
    }
  }

  /// Ends `run`: no more connections, and those that are open are cut. VMs that are here stop.
  public func stop() {
    let (sessions, here) = state.withLock { state in
      (state.isStopping, state.isClosed) = (true, true)
      for connection in state.open.values { connection.shutdown() }
      defer { (state.kept, state.held) = ([], []) }
      return (Array(state.sessions.values), state.kept + state.held)
    }
    for session in sessions { session.end(failure: "\(session.profile.name): the target was stopped", isStopped: true) }
    for vm in here + sessions.compactMap(\.runningVM) { vm.stop() }
    // Last: `run` returns what has ended by then.
    listener.stop()
  }

  private static let farewell = Nanoseconds.seconds(1)

  private func lookAfterSessions(count: Int?) {
    var quietSince: Nanoseconds?
    while !state.withLock({ $0.isOver }) {
      let (sessions, isActive) = state.withLock { state in
        if let count, state.ended.count >= count { state.hasEnough = true }
        return (Array(state.sessions.values), !state.hasEnough || state.active > 0)
      }
      let now = Nanoseconds(ml_monotonic_ns())
      for session in sessions { session.lookAfter(at: now, patience: options.patience) }
      quietSince = isActive ? nil : quietSince ?? now
      // A source whose migration failed here comes back to hear why.
      if let quietSince, sessions.allSatisfy(\.isSettled) || now > quietSince + Self.farewell { listener.stop() }
      ml_sleep_ns(20_000_000)
    }
  }

  private func joinThreads(onlyThrough: Bool) {
    let threads = state.withLock { state in
      let numbers = onlyThrough ? state.through : Array(state.threads.keys)
      state.through = []
      return numbers.compactMap { state.threads.removeValue(forKey: $0) }
    }
    for thread in threads { thread.join() }
  }

  private func receive(over connection: TCPConnection, from peer: Endpoint) {
    let hello: Hello
    do {
      // A stranger who says nothing must not keep a thread.
      connection.waits(atMost: .seconds(10))
      try connection.secure(with: context, isServer: true)
      hello = try Hello(decoding: connection.receive(count: Hello.length), from: "\(peer)")
      connection.waits(atMost: nil)
    } catch {
      return report(.stranger(error.description))
    }
    do {
      guard let session = try session(hello, from: peer) else {
        let answer = hello.resumes ? HelloAnswer.unknown : .busy
        return try connection.send(answer.encoded)
      }
      session.serve(connection, hello)
    } catch {
      _ = try? connection.send(HelloAnswer.refused(error.description).encoded)
    }
  }

  /// The session a greeting belongs to, a new one when it begins a migration. nil: not known, or not now.
  private func session(_ hello: Hello, from peer: Endpoint) throws(MigrationError) -> ReceivingSession? {
    let known = state.withLock { $0.sessions[hello.migration] }
    if hello.resumes { return known }
    if known.map({ !$0.isOver }) ?? false { throw MigrationError(hello.profile.name, "is under way already") }
    let isBusy = options.cpuLimit.map { load.busyShare() > $0 } ?? false
    // In one step: a drain waits for those that are counted, and no other may begin.
    let (refusal, isCounted) = state.withLock { state -> (String?, Bool) in
      if state.isClosed { return ("this host is being drained", false) }
      if state.hasEnough { return ("this host takes no more VMs", false) }
      guard !isBusy, state.active < options.simultaneous ?? .max else { return (nil, false) }
      state.active += 1
      return (nil, true)
    }
    if let refusal { throw MigrationError(hello.profile.name, refusal, fix: "choose another") }
    guard isCounted else { return nil }
    do throws(MigrationError) {
      try budget.take(hello.profile.memory, for: hello.profile.name)
      do throws(MigrationError) {
        let session = try ReceivingSession(hello, from: peer) { [self] in ended($0) }
        state.withLock { $0.sessions[hello.migration] = session }
        return session
      } catch {
        budget.giveBack(hello.profile.memory)
        throw error
      }
    } catch {
      var figures = ReceivedFigures(
        vm: hello.profile.name, source: "\(peer)", memoryBytes: hello.profile.memory.count)
      figures.failure = "\(error); \(hello.profile.name) runs on the source"
      let failed = figures
      state.withLock {
        $0.active -= 1
        $0.ended.append(failed)
      }
      report(.ended(failed))
      throw error
    }
  }

  private func ended(_ session: ReceivingSession) {
    let figures = session.figures
    let vm = session.takeRunningVM()
    let isKept = vm != nil && options.keepsRunning && !state.withLock { $0.isStopping }
    if !isKept {
      vm?.stop()
      budget.giveBack(session.profile.memory)
    }
    state.withLock { state in
      state.active -= 1
      state.ended.append(figures)
      if isKept, let vm { state.kept.append(vm) }
    }
    report(.ended(figures))
  }
}
