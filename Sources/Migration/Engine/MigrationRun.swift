import CLinux
import Synchronization
import Units

/// Carries out a plan: makes the VMs, starts their writers, migrates so many at a time, and samples how far they are.
public final class MigrationRun: Sendable {
  public let plan: SendPlan
  public let rule: ConvergenceRule
  public let transport: TransportOptions
  /// Stops for a while, goes on or gives up all migrations.
  public let control = MigrationControl()
  /// One for each VM, in the plan's order; may be read while `migrate` runs.
  public let progress: [MigrationProgress]
  private let vms: [VirtualMachine]
  /// It made them, and stops those that stay here in the end.
  private let ownsVMs: Bool
  private let migrations: [(UInt64, UInt64)]
  /// The first migrations, as many as run at a time, start together.
  private let startLine: StartLine

  private struct State {
    var next = 0
    var figures: [MigrationFigures?]
    var over = false
  }

  private let state: Mutex<State>

  /// Makes all VMs, which takes their memory and fills it. Migration ids come from `random`.
  public convenience init(
    _ plan: SendPlan, rule: ConvergenceRule = .init(), transport: TransportOptions,
    using random: inout some RandomNumberGenerator
  ) throws(MigrationError) {
    var vms: [VirtualMachine] = []
    for assignment in plan.assignments { vms.append(try VirtualMachine(seeding: assignment.profile)) }
    self.init(plan, vms: vms, ownsVMs: true, rule: rule, transport: transport, using: &random)
  }

  /// Of VMs that run here already; those that cannot go run on.
  public convenience init(
    draining vms: [VirtualMachine], to targets: [[Endpoint]], simultaneous: Int?, rule: ConvergenceRule = .init(),
    transport: TransportOptions, using random: inout some RandomNumberGenerator
  ) throws(MigrationError) {
    let plan = try SendPlan(vms: vms.map(\.profile), targets: targets, sourcePorts: [], simultaneous: simultaneous)
    self.init(plan, vms: vms, ownsVMs: false, rule: rule, transport: transport, using: &random)
  }

  private init(
    _ plan: SendPlan, vms: [VirtualMachine], ownsVMs: Bool, rule: ConvergenceRule, transport: TransportOptions,
    using random: inout some RandomNumberGenerator
  ) {
    self.plan = plan
    self.rule = rule
    self.transport = transport
    self.vms = vms
    self.ownsVMs = ownsVMs
    progress = plan.assignments.map { _ in MigrationProgress() }
    migrations = plan.assignments.map { _ in (random.next(), random.next()) }
    startLine = StartLine(expecting: plan.simultaneous)
    state = Mutex(State(figures: plan.assignments.map { _ in nil }))
  }

  /// Migrates every VM and returns the figures in the plan's order. To be called once.
  public func migrate() -> MigrationReport {
    for vm in vms { vm.start() }
    let sampler = JoinableThread(name: "sampler") { [self] in sample() }
    let lanes = (0..<plan.simultaneous).map { _ in
      JoinableThread(name: "migrate") { [self] in migrateNext() }
    }
    for lane in lanes { lane.join() }
    state.withLock { $0.over = true }
    sampler.join()
    if ownsVMs { for vm in vms { vm.stop() } }
    return MigrationReport(state.withLock { $0.figures.compactMap { $0 } })
  }

  private func migrateNext() {
    while true {
      let index = state.withLock { state in
        defer { state.next += 1 }
        return state.next
      }
      guard index < vms.count else { return }
      let assignment = plan.assignments[index]
      let source = MigrationSource(
        vm: vms[index],
        options: .init(
          target: assignment.target, sourcePort: assignment.sourcePort, rule: rule, transport: transport,
          migration: migrations[index]),
        progress: progress[index], control: control)
      var isExpected = index < plan.simultaneous
      source.beforeFirstRound = { [startLine] in
        if isExpected { startLine.arrive() }
        isExpected = false
      }
      // Who waits for the target to have room is not waited for.
      source.whenBusy = { [startLine] in
        if isExpected { startLine.giveUp() }
        isExpected = false
      }
      let figures = source.migrate()
      if isExpected { startLine.giveUp() }
      state.withLock { $0.figures[index] = figures }
    }
  }

  /// Looks often enough to be a hundredth of a second late at most, without keeping a CPU awake.
  private func sample() {
    while !state.withLock({ $0.over }) {
      let now = Nanoseconds(ml_monotonic_ns())
      for one in progress { _ = one.sample(at: now) }
      ml_sleep_ns(5_000_000)
    }
  }
}
