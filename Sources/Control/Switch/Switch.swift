import CLinux
import Dataplane
import Glibc
import Logging
import Ports
import Rings
import Steering
import Units
import Wire

/// A running switch: devices, steering maps, tables and worker threads, made from a validated configuration.
///
/// One actor: every change of the switch is made here, one after another. Workers never wait for it; it waits for them
/// when something they may use is taken away (`TablePublisher`).
public actor Switch {
  var config: SwitchConfig
  let arena: FrameArena
  let pool: FramePool
  let learned: FDB
  let maps: SteeringMaps
  let threads: [WorkerThread]
  let publisher: TablePublisher
  let handOver: HandOverTable
  var moveLog = MoveLog()
  var rebalancer: Rebalancer
  var frameCost = FrameCost()
  var lastTotals: [WorkerTotals] = []
  /// While a worker is overloaded.
  var entryMeter: EntryMeter?
  /// Entries told of that alone fill a worker.
  var namedLone: Set<QueueEntry> = []
  /// What workers share bandwidth by; nil: off.
  var bandwidth: BandwidthState?
  var classRates = ClassRates()
  /// Figures of classes under plans that are no more.
  var retiredFigures: [ClassKey: ClassFigures] = [:]
  let log: Logger
  var runtimes: [PortRuntime] = []
  var teamRuntimes: [TeamRuntime] = []
  var assignment: QueueAssignment
  /// The arrangement that frames are steered by, and what is written in each.
  var arrangement = Arrangement.first
  var arranged: [Arrangement: Arranged] = [:]
  /// A new arrangement is being made.
  var isArranging = false
  /// A change that was asked for, or of a device, is under way.
  var isChanging = false
  /// No more changes begin.
  var isStopping = false
  var loads: LoadMeter
  /// The next number of a device queue in the chunk table.
  var nextOwner = 1
  let startedAt: Nanoseconds
  var hasStarted = false
  private var watcher: LinkWatcher?
  private var ticker: Task<Void, Never>?
  var journal: HostJournal
  let stateDirectory: String
  /// What rules count and keep.
  let ruleMemory: RuleMemory
  var cellNumbers = CellNumbers()
  var ledger: MeterLedger
  /// nil: nothing is metered.
  var meterStore: MeterStore?
  /// The last that was asked to read or write the meters' database.
  var meterTurn: Task<Void, Never>?
  var metersSavedAt = Nanoseconds(0)
  var metersFailed = false
  var thinnedHour = 0

  /// Builds the switch; nothing on the host has changed yet but memory and BPF maps. Throws `ControlError`.
  public init(_ config: SwitchConfig, stateDirectory: String, log: Logger) throws(ControlError) {
    self.config = config
    self.log = log
    self.stateDirectory = stateDirectory
    ruleMemory = RuleMemory(
      workers: config.workers.count, flows: config.flows, seed: UInt64.random(in: .min ... .max))
    ledger = MeterLedger(cells: ruleMemory.cells)
    startedAt = Nanoseconds(ml_monotonic_ns())
    do {
      let arena = try FrameArena(size: config.arena)
      self.arena = arena
      let toeplitz = ToeplitzTable()
      maps = try SteeringMaps(table: toeplitz)
      handOver = HandOverTable(workers: config.workers.count, toeplitz: toeplitz)
      journal = try HostJournal(directory: stateDirectory)
    } catch { throw ControlError(asUnavailable: error) }
    let pool = FramePool(arena: arena)
    self.pool = pool
    assignment = QueueAssignment(
      [], mode: SteeringMode(config.steering), workers: config.workers.count, limit: config.queues)
    learned = FDB(addresses: config.fdb.addresses)
    let handOver = handOver
    threads = config.workers.enumerated().map { index, cpu in
      WorkerThread(
        index: index, pool: pool,
        options: .init(
          cpu: cpu, polling: PollingMode(config.polling), emulatedShare: config.emulatedShare,
          sharesCPU: config.workers.filter { $0 == cpu }.count > 1, isRealtime: config.scheduling == .realtime),
        handOver: handOver)
    }
    publisher = TablePublisher(threads: threads)
    let policy = config.rebalance ?? RebalancePolicy()
    rebalancer = Rebalancer(policy, at: startedAt)
    loads = LoadMeter(
      shares: config.workers.map { _ in config.emulatedShare }, longest: max(.seconds(1), policy.window))
  }

  deinit {
    learned.deallocate()
    ruleMemory.deallocate()
  }

  /// Opens every port and starts forwarding. When it throws (`ControlError`), the host is as it was before.
  public func start() async throws {
    isChanging = true
    defer { isChanging = false }
    // A device that the switch set up stays up for it: links take seconds to come back.
    let names = Set(config.allPorts.map(\.device.name))
    journal.undo(log: log) { $0.setting.kind != .down || !names.contains($0.nameNow ?? $0.netdev) }
    do {
      if config.isMetered { try await openMeterStore() }
      for port in config.allPorts {
        let runtime = newRuntime(for: port)
        try await open(runtime)
        _ = takeRules(runtime)
      }
      applyFrameBudget()
      makeTeams()
      addStaticAddresses()
      await planQueues()
      publish()
      try startWorkers()
    } catch {
      isStopping = true
      await end()
      throw error
    }
    hasStarted = true
    for port in runtimes { connect(port) }
    watchLinks()
  }

  private func startWorkers() throws(ControlError) {
    do {
      for thread in threads { try thread.start() }
    } catch {
      throw ControlError(error, scheduling: config.scheduling)
    }
  }

  /// Detaches and closes everything: the host is as it was before.
  public func stop() async {
    isStopping = true
    while isChanging { try? await Task.sleep(for: .milliseconds(1)) }
    await end()
  }

  private func end() async {
    watcher?.stop()
    watcher = nil
    ticker?.cancel()
    for team in teamRuntimes { team.monitor.stop() }
    for port in runtimes { detach(port) }
    for thread in threads { thread.stop() }
    hasStarted = false
    await keepMetersAtEnd()
    for port in runtimes {
      port.close(pool: pool)
      port.deallocate()
    }
    runtimes = []
    teamRuntimes = []
    journal.undo(log: log)
    journal.close()
  }

  /// Gives the workers a new picture of the switch, and waits until none uses the old one.
  func publish() {
    let old = bandwidth
    bandwidth = nextBandwidth()
    var entries: [(port: Int, entry: PortEntry)] = []
    for port in runtimes {
      if let entry = port.entry(isShaped: bandwidth != nil) { entries.append((Int(port.id.index), entry)) }
    }
    let rules = runtimes.compactMap(\.book.rules)
    let teams = teamRuntimes.map { (port: Int($0.id.index), table: $0.table) }
    publisher.publish(
      ForwardingTable(entries: entries, teams: teams, fdb: learned, rules: rules, bandwidth: bandwidth),
      started: hasStarted)
    retire(old)
  }

  private func watchLinks() {
    let monitors = teamRuntimes.map(\.monitor)
    watcher = LinkWatcher { [weak self] in
      Self.check(monitors)
      Task { await self?.checkDevices() }
    }
    ticker = Task { [weak self] in
      var ticks = 0
      while !Task.isCancelled {
        try? await Task.sleep(for: .milliseconds(250))
        ticks += 1
        await self?.tick(second: ticks % 4 == 0)
      }
    }
  }

  private func tick(second: Bool) async {
    checkTeams()
    let now = Nanoseconds(ml_monotonic_ns())
    loads.sample(threads.map { $0.report() }, at: now)
    rebalance(at: now, second: second)
    lookBackAtMoves(now)
    sampleBandwidth()
    guard second else { return }
    for team in teamRuntimes { team.monitor.sendBeacons() }
    learned.age(second: currentSecond, ageing: UInt32(config.fdb.ageing.count / 1_000_000_000))
    await learnFilters()
    keepMeters()
    steerBulkReceive()
    await checkDevices()
  }

  /// The FDB's clock.
  var currentSecond: UInt32 { UInt32(truncatingIfNeeded: ml_monotonic_ns() / 1_000_000_000) }
}

extension PollingMode {
  init(_ polling: SwitchConfig.Polling) {
    switch polling {
    case .adaptive: self = .adaptive
    case .busy: self = .busy
    case .interrupt: self = .interrupt
    }
  }
}

extension ControlError {
  init(_ error: WorkerThread.StartError, scheduling: SwitchConfig.Scheduling) {
    let reason = String(cString: strerror(error.code))
    self =
      scheduling == .realtime
      ? .unavailable(
        "the kernel refuses real-time threads (\(reason)): this process lacks CAP_SYS_NICE or its control group a "
          + "real-time budget; write scheduling: fair")
      : .unavailable("the kernel refuses a thread for a worker: \(reason)")
  }

  /// A device, kernel or memory that is not there: exit 69.
  init(asUnavailable error: any Error) {
    self = error as? ControlError ?? .unavailable("\(error)")
  }
}
