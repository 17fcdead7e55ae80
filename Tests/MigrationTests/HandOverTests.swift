import Migration
import Testing
import Units

/// The one moment at which a cut leaves the source in doubt.
struct HandOverTests {
  /// The answers of a migration of one round: to the greeting, to the round's end, to the last round's, then `running`.
  static let answersBeforeRunning = HelloAnswer.length + 32 + 4 + 32 + 16
  static let rule = ConvergenceRule(blackout: .milliseconds(30), rounds: 1)

  @Test func `a link cut behind the release for good leaves the VM to the target, paused here`() throws {
    let target = try LoopbackTarget(count: 1, patience: .milliseconds(600))
    let path = try FaultyPath(to: target.endpoint, .cutForGood, at: Self.answersBeforeRunning, backward: true)
    let vm = try VirtualMachine(seeding: .small())
    let figures = migrate(vm, to: path.endpoint, rule: Self.rule, over: .impatient)
    #expect(!figures.verified)
    #expect(figures.runsOn == .unconfirmed)
    #expect(figures.failure?.hasSuffix("it stays paused here: look there") == true, "\(figures.failure ?? "")")
    let received = target.figures()
    #expect(received.map(\.runsOn) == [.target])
    #expect(received.first?.failure?.hasSuffix("vm1 runs on here") == true)
    let there = try #require(target.target.runningVMs.first)
    let count = vm.pagesWritten
    #expect(eventually { there.pagesWritten >= 100 })
    #expect(vm.pagesWritten == count)
    _ = target.stop()
    path.close()
  }

  @Test func `a link cut behind the release that comes back ends the doubt`() throws {
    let target = try LoopbackTarget(count: 1)
    let path = try FaultyPath(
      to: target.endpoint, .cut(for: .milliseconds(150)), at: Self.answersBeforeRunning, backward: true)
    let vm = try VirtualMachine(seeding: .small())
    let figures = migrate(vm, to: path.endpoint, rule: Self.rule)
    #expect(figures.verified, "\(figures.failure ?? "")")
    #expect(figures.connections.map(\.connects) == [2])
    #expect(target.figures().map(\.verified) == [true])
    #expect(!vm.isRunning)
    _ = target.stop()
    path.close()
  }

  @Test func `a link cut behind the release is no target that is gone, wherever another path leads`() throws {
    let (target, other) = (try LoopbackTarget(count: 1), try LoopbackTarget())
    // The round's end has the count of one more connection.
    let path = try FaultyPath(
      to: target.endpoint, .cut(for: .milliseconds(150)), at: Self.answersBeforeRunning + 4, backward: true)
    let vm = try VirtualMachine(seeding: .small())
    let figures = migrate(vm, to: path.endpoint, other.endpoint, rule: Self.rule, over: .over(1, paths: true))
    #expect(figures.verified, "\(figures.failure ?? "")")
    #expect(figures.connections.map(\.connects) == [2, 0])
    #expect(!vm.isRunning)
    #expect(target.figures().map(\.verified) == [true])
    #expect(target.target.runningVMs.count == 1)
    _ = target.stop()
    #expect(other.stop().isEmpty)
    path.close()
  }

  @Test func `a target that dies before it confirmed leaves the VM here`() throws {
    let target = try LoopbackTarget()
    let path = try FaultyPath(
      to: target.endpoint, .call { target.target.stop() }, at: Self.answersBeforeRunning, backward: true)
    let vm = try VirtualMachine(seeding: .small())
    let figures = migrate(vm, to: path.endpoint, rule: Self.rule)
    FailureTests.expectRunsHere(vm, figures, "the target is gone")
    #expect(target.target.runningVMs.isEmpty)
    _ = target.figures()
    path.close()
  }
}
