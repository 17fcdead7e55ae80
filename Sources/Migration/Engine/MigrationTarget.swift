import Synchronization
import Units

/// Listens for migrations and receives each on a thread of its own.
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
    /// VMs run on until the target is stopped; otherwise each is stopped, and its memory given back, once verified.
    public var keepsRunning: Bool

    public init(memoryLimit: Bytes, keepsRunning: Bool = false) {
      self.memoryLimit = memoryLimit
      self.keepsRunning = keepsRunning
    }
  }

  private struct State: ~Copyable {
    var ended: [ReceivedFigures] = []
    var kept: [VirtualMachine] = []
    var open: [Int32: TCPConnection] = [:]
    /// By the number of the connection; a thread that is through is named in `through` and joined by the next accept.
    var threads: [Int: JoinableThread] = [:]
    var through: [Int] = []
    var isStopping = false
  }

  private let listener: TCPListener
  private let options: Options
  private let budget: MemoryBudget
  private let report: @Sendable (Event) -> Void
  private let state = Mutex(State())

  /// Listens from here on; connections wait until `run`. `report` is called from several threads.
  public init(
    listen endpoint: Endpoint, options: Options, report: @escaping @Sendable (Event) -> Void = { _ in }
  ) throws(MigrationError) {
    self.options = options
    self.report = report
    budget = MemoryBudget(limit: options.memoryLimit)
    listener = try TCPListener(endpoint)
  }

  /// The address and port it listens on.
  public var endpoint: Endpoint { listener.endpoint }

  /// VMs that run here now.
  public var runningVMs: [VirtualMachine] { state.withLock { $0.kept } }

  /// Receives until `count` migrations have ended (nil: without end) or `stop` was called; returns them all, in the
  /// order they ended.
  public func run(count: Int? = nil) -> [ReceivedFigures] {
    var number = 0
    while let (connection, peer) = listener.accept() {
      let this = number
      number += 1
      // The lock is held until the thread is in the table, so that it cannot be through before.
      state.withLock { state in
        state.threads[this] = JoinableThread(name: "receive") { [self] in
          receive(over: connection, from: peer, count: count)
          self.state.withLock { $0.through.append(this) }
        }
      }
      joinThreads(onlyThrough: true)
    }
    joinThreads(onlyThrough: false)
    return state.withLock { $0.ended }
  }

  /// Ends `run`: no more connections, and those that are open are cut. VMs that run here stop.
  public func stop() {
    listener.stop()
    let kept = state.withLock { state in
      state.isStopping = true
      for connection in state.open.values { connection.shutdown() }
      defer { state.kept = [] }
      return state.kept
    }
    for vm in kept { vm.stop() }
  }

  private func joinThreads(onlyThrough: Bool) {
    let threads = state.withLock { state in
      let numbers = onlyThrough ? state.through : Array(state.threads.keys)
      state.through = []
      return numbers.compactMap { state.threads.removeValue(forKey: $0) }
    }
    for thread in threads { thread.join() }
  }

  private func receive(over connection: TCPConnection, from peer: Endpoint, count: Int?) {
    let isStopping = state.withLock {
      $0.open[connection.descriptor] = connection
      return $0.isStopping
    }
    if isStopping { connection.shutdown() }
    defer {
      state.withLock { $0.open[connection.descriptor] = nil }
      connection.close()
    }
    let session: ReceivingSession
    do {
      session = try ReceivingSession(connection, from: peer, budget: budget)
    } catch {
      return report(.stranger(error.description))
    }
    session.run()
    if let vm = session.vm, !options.keepsRunning {
      vm.stop()
      budget.giveBack(vm.profile.memory)
    }
    let all = state.withLock { state in
      state.ended.append(session.figures)
      if let vm = session.vm, options.keepsRunning { state.kept.append(vm) }
      return state.ended.count
    }
    report(.ended(session.figures))
    if let count, all >= count { listener.stop() }
  }
}
