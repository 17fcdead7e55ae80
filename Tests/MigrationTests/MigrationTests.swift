import Migration
import Testing
import Units

/// Whole migrations over 127.0.0.1.
struct MigrationTests {
  @Test func `a VM that is written arrives equal, runs there and not here`() throws {
    let target = try LoopbackTarget(count: 1)
    let vm = try VirtualMachine(seeding: .small())
    let figures = migrate(vm, to: target.endpoint)
    #expect(figures.failure == nil)
    #expect(figures.verified)
    #expect(figures.runsOn == .target)
    #expect(figures.rounds.count >= 2)
    #expect(figures.rounds[0].pages == vm.image.pageCount)
    #expect(figures.bytes >= figures.rounds.reduce(0) { $0 + $1.bytes })
    #expect(figures.blackoutMilliseconds > 0)
    #expect(figures.series.reduce(0) { $0 + $1.bytes } == figures.bytes)
    #expect(figures.endNanoseconds > figures.startNanoseconds)
    #expect(vm.pagesWritten > 0)

    let received = target.figures()
    #expect(received.map(\.verified) == [true])
    #expect(received.map(\.runsOn) == [.target])
    let there = try #require(target.target.runningVMs.first)
    #expect(eventually { there.pagesWritten >= 100 })
    let count = vm.pagesWritten
    #expect(eventually { there.pagesWritten >= 200 })
    #expect(vm.pagesWritten == count)
    _ = target.stop()
  }

  @Test func `memory that nobody writes arrives byte for byte`() throws {
    let target = try LoopbackTarget(count: 1)
    let vm = try VirtualMachine(seeding: .small(dirtyRate: 0))
    let figures = migrate(vm, to: target.endpoint)
    #expect(figures.verified)
    #expect(figures.convergence == "nothing left to copy after 1 round")
    _ = target.figures()
    let there = try #require(target.target.runningVMs.first)
    #expect(there.image.digest == vm.image.digest)
  }

  @Test func `pages of zeros cost headers only`() throws {
    let target = try LoopbackTarget(count: 1)
    var profile = VMProfile.small(dirtyRate: 0)
    (profile.zeroShare, profile.compressibleShare) = (1, 0)
    let vm = try VirtualMachine(seeding: profile)
    let figures = migrate(vm, to: target.endpoint)
    #expect(figures.verified)
    #expect(figures.bytes < 500)
  }

  @Test func `a page that becomes zeros after it was sent is zeros on the target`() throws {
    let target = try LoopbackTarget(count: 1)
    var profile = VMProfile.small(dirtyRate: 0)
    (profile.zeroShare, profile.compressibleShare) = (0, 0)
    let vm = try VirtualMachine(seeding: profile)
    let source = writingSource(vm, to: target.endpoint, writing: 0, toPage: 5)
    let figures = source.migrate()
    #expect(figures.verified, "\(figures.failure ?? "")")
    #expect(figures.rounds.map(\.pages) == [vm.image.pageCount, 1])
    #expect(figures.rounds.last.map { $0.bytes < 200 } == true)
    _ = target.figures()
    #expect(target.target.runningVMs.first?.image.digest == vm.image.digest)
  }

  @Test func `several VMs at once arrive equal, some after others`() throws {
    let targets = try (0..<2).map { _ in try LoopbackTarget() }
    let plan = try SendPlan(
      vms: (1...5).map { .small("vm\($0)", seed: UInt64($0)) }, targets: targets.map { [$0.endpoint] }, sourcePorts: [],
      simultaneous: 3)
    var random = SplitMix64(seed: 1)
    let report = try MigrationRun(plan, transport: .init(security: .plain), using: &random).migrate()
    #expect(report.allVerified, "\(report.migrations.compactMap(\.failure))")
    #expect(report.migrations.map(\.vm) == ["vm1", "vm2", "vm3", "vm4", "vm5"])
    #expect(report.migrations.map(\.target) == plan.assignments.map(\.target[0].description))
    #expect(report.bytes == report.migrations.reduce(0) { $0 + $1.bytes })
    #expect(Set(report.migrations.map(\.sourcePort)).count == 5)
    #expect(targets.map { $0.stop().count } == [3, 2])
  }

  @Test func `the source port is the one asked for, twice in a row`() throws {
    let target = try LoopbackTarget()
    for _ in 0..<2 {
      let plan = try SendPlan(
        vms: [.small(dirtyRate: 0)], targets: [[target.endpoint]], sourcePorts: [17_113], simultaneous: nil)
      var random = SplitMix64(seed: 1)
      let report = try MigrationRun(plan, transport: .init(security: .plain), using: &random).migrate()
      #expect(report.allVerified, "\(report.migrations.compactMap(\.failure))")
      #expect(report.migrations.map(\.sourcePort) == [17_113])
    }
    #expect(target.stop().map(\.source) == ["127.0.0.1:17113", "127.0.0.1:17113"])
  }

  @Test func `a VM that is written in every round is paused at the limit, with the reason stated`() throws {
    let target = try LoopbackTarget(count: 1)
    let vm = try VirtualMachine(seeding: .small(dirtyRate: 0))
    let rule = ConvergenceRule(blackout: Nanoseconds(1), rounds: 3)
    // The page is written behind the paused round too, which no VM does: the audit sees it.
    let figures = writingSource(vm, to: target.endpoint, rule: rule, writing: 1, toPage: 5, again: true).migrate()
    #expect(figures.rounds.map(\.pages) == [vm.image.pageCount, 1, 1, 1])
    #expect(figures.convergence.hasPrefix("1 pages left take"), "\(figures.convergence)")
    #expect(figures.convergence.hasSuffix("but 3 rounds are the limit"), "\(figures.convergence)")
    #expect(figures.failure?.contains("1 pages were written unnoticed") == true)
    _ = target.figures()
  }

  @Test func `received VMs give their memory back unless they are kept`() throws {
    let target = try LoopbackTarget(limit: Bytes(9 << 20), keepsRunning: false)
    for id in 0..<3 {
      #expect(migrate(try VirtualMachine(seeding: .small()), to: target.endpoint, id: UInt64(id)).verified)
    }
    #expect(target.stop().count == 3)
  }
}
