import Migration
import Synchronization
import Testing
import Units

/// Hosts that are emptied.
struct DrainTests {
  @Test func `a host that is drained has its VMs running elsewhere, and takes no more`() throws {
    let (first, second) = (try LoopbackTarget(), try LoopbackTarget())
    for id in 1...3 {
      #expect(
        migrate(try VirtualMachine(seeding: .small("vm\(id)", seed: UInt64(id))), to: first.endpoint, id: UInt64(id))
          .verified)
    }
    let report = try first.drain(to: second.endpoint, seed: 4)
    #expect(report.allVerified, "\(report.migrations.compactMap(\.failure))")
    #expect(report.migrations.count == 3)
    #expect(first.target.isEmpty)
    #expect(Set(second.target.runningVMs.map(\.profile.name)) == ["vm1", "vm2", "vm3"])
    let vm = try VirtualMachine(seeding: .small())
    FailureTests.expectRunsHere(vm, migrate(vm, to: first.endpoint, id: 9), "this host is being drained")
    _ = first.stop()
    _ = second.stop()
  }

  @Test func `a VM that is on its way to a host that is drained is waited for and sent on`() throws {
    // One at a time, so that a second source waits until it is refused.
    let (first, second) = (try LoopbackTarget(simultaneous: 1), try LoopbackTarget())
    let vm = try VirtualMachine(seeding: .small("vm2"))
    let late = try VirtualMachine(seeding: .small("vm1"))
    vm.start()
    let source = MigrationSource(
      vm: vm, options: .init(target: [first.endpoint], transport: .init(security: .plain), migration: (1, 2)))
    var drain: RunningDrain?
    var refused: MigrationFigures?
    source.afterSending = { round in
      guard round == 0 else { return }
      drain = RunningDrain(of: first, to: second)
      refused = migrate(late, to: first.endpoint, id: 2)
      #expect(throws: MigrationError.self) { try first.drain(to: second.endpoint, seed: 2) }
    }
    let figures = source.migrate()
    #expect(figures.verified, "\(figures.failure ?? "")")
    FailureTests.expectRunsHere(late, try #require(refused), "this host is being drained")
    let report = try #require(drain?.end())
    #expect(report.allVerified, "\(report.migrations.compactMap(\.failure))")
    #expect(report.migrations.map(\.vm) == ["vm2"])
    #expect(first.target.isEmpty)
    #expect(second.target.runningVMs.map(\.profile.name) == ["vm2"])
    _ = first.stop()
    _ = second.stop()
  }

  @Test func `a VM that cannot go runs on, and goes with the next drain`() throws {
    let (first, second, gone) = (try LoopbackTarget(), try LoopbackTarget(), try LoopbackTarget())
    let nobody = gone.endpoint
    _ = gone.stop()
    #expect(migrate(try VirtualMachine(seeding: .small()), to: first.endpoint).verified)
    #expect(try first.drain(to: nobody, seed: 1).migrations.map(\.runsOn) == [.source])
    #expect(first.target.runningVMs.map(\.isRunning) == [true])
    #expect(!first.target.isEmpty)
    #expect(try first.drain(to: second.endpoint, seed: 2).allVerified)
    #expect(first.target.isEmpty)
    #expect(second.target.runningVMs.count == 1)
    _ = first.stop()
    _ = second.stop()
  }

  @Test func `a VM that may run on its target stays paused, and no later drain sends it`() throws {
    let (first, second) = (try LoopbackTarget(), try LoopbackTarget())
    #expect(migrate(try VirtualMachine(seeding: .small(dirtyRate: 0)), to: first.endpoint).verified)
    let path = try FaultyPath(
      to: second.endpoint, .cutForGood, at: HandOverTests.answersBeforeRunning, backward: true)
    let doubtful = try first.drain(to: path.endpoint, over: .impatient, seed: 1)
    #expect(doubtful.migrations.map(\.runsOn) == [.unconfirmed])
    #expect(first.target.runningVMs.isEmpty)
    #expect(!first.target.isEmpty)
    #expect(try first.drain(to: second.endpoint, seed: 2).migrations.isEmpty)
    #expect(!first.target.isEmpty)
    #expect(second.target.runningVMs.count == 1)
    _ = first.stop()
    #expect(first.target.isEmpty)
    _ = second.stop()
    path.close()
  }
}

extension LoopbackTarget {
  /// Sends the VMs that run here on; the migrations' ids come from `seed`.
  func drain(
    to endpoint: Endpoint, over transport: TransportOptions = .init(security: .plain), seed: UInt64
  ) throws -> MigrationReport {
    var random = SplitMix64(seed: seed)
    return try target.drain(to: [[endpoint]], simultaneous: 2, transport: transport, using: &random)
  }
}

/// A drain on a thread of its own.
private final class RunningDrain: Sendable {
  private let report = Mutex<MigrationReport?>(nil)
  private let thread: Mutex<JoinableThread?> = Mutex(nil)

  init(of host: LoopbackTarget, to target: LoopbackTarget) {
    thread.withLock {
      $0 = JoinableThread(name: "drain") { [self] in
        let made = try? host.drain(to: target.endpoint, seed: 1)
        report.withLock { $0 = made }
      }
    }
  }

  /// Waits for it; nil when it threw.
  func end() -> MigrationReport? {
    thread.withLock { $0?.join() }
    return report.withLock { $0 }
  }
}
