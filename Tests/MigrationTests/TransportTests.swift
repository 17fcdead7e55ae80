import Migration
import Testing
import Units

/// Whole migrations over each transport.
struct TransportTests {
  static let modes: [CompressionMode] = [.automatic, .always(.lz4), .always(.zstd1), .always(.zstd3)]

  @Test(arguments: modes)
  func `compressed pages arrive equal`(mode: CompressionMode) throws {
    let target = try LoopbackTarget(count: 1)
    let vm = try VirtualMachine(seeding: .small(dirtyRate: 0))
    let figures = migrate(vm, to: target.endpoint, over: .over(2, mode))
    #expect(figures.verified, "\(figures.failure ?? "")")
    #expect(figures.compression != nil)
    if mode != .automatic { #expect(figures.bytes < 6 << 20) }
    _ = target.figures()
    #expect(target.target.runningVMs.first?.image.digest == vm.image.digest)
    _ = target.stop()
  }

  @Test func `several connections over several paths share the pages`() throws {
    let target = try LoopbackTarget(count: 1)
    let paths = try (0..<2).map { _ in try FaultyPath(to: target.endpoint) }
    let vm = try VirtualMachine(seeding: .small(dirtyRate: 0))
    let figures = migrate(vm, to: paths[0].endpoint, paths[1].endpoint, over: .over(2, paths: true))
    #expect(figures.verified, "\(figures.failure ?? "")")
    #expect(figures.transport == "multichannel")
    #expect(Set(figures.connections.map(\.path)).count == 2)
    #expect(figures.connections.count == 4)
    #expect(figures.connections.reduce(0) { $0 + $1.bytes } >= figures.bytes)
    _ = target.figures()
    #expect(target.target.runningVMs.first?.image.digest == vm.image.digest)
    _ = target.stop()
    for path in paths { path.close() }
  }

  @Test func `as many connections as there may be leave one for pages that are asked for`() throws {
    let target = try LoopbackTarget(count: 1)
    let paths = try (0..<4).map { _ in try FaultyPath(to: target.endpoint) }
    let vm = try VirtualMachine(seeding: .small(dirtyRate: 0))
    var (rule, transport) = (ConvergenceRule(), TransportOptions.over(16, paths: true))
    (rule.postCopyAfter, transport.postCopy) = (1, true)
    let figures = migrate(
      vm, to: paths[0].endpoint, paths[1].endpoint, paths[2].endpoint, paths[3].endpoint, rule: rule, over: transport)
    #expect(figures.verified, "\(figures.failure ?? "")")
    #expect(figures.connections.count == 63)
    _ = target.stop()
    for path in paths { path.close() }
  }

  @Test func `pages that equal others cost a reference`() throws {
    let target = try LoopbackTarget(count: 1)
    var profile = VMProfile.small(dirtyRate: 0)
    (profile.zeroShare, profile.compressibleShare, profile.duplicateShare) = (0, 0, 1)
    let vm = try VirtualMachine(seeding: profile)
    let figures = migrate(vm, to: target.endpoint)
    #expect(figures.verified, "\(figures.failure ?? "")")
    // 64 different pages among 2,048.
    #expect(figures.duplicatePages >= 1900)
    #expect(figures.bytes < 512 << 10)
    _ = target.figures()
    #expect(target.target.runningVMs.first?.image.digest == vm.image.digest)
    _ = target.stop()
  }

  @Test func `a migration that is cancelled leaves the VM here, one that is paused goes on when told`() throws {
    let target = try LoopbackTarget()
    let (vm, control) = (try VirtualMachine(seeding: .small()), MigrationControl())
    control.cancel()
    FailureTests.expectRunsHere(vm, migrate(vm, to: target.endpoint, control: control), "cancelled by the user")

    let (other, held, progress) = (try VirtualMachine(seeding: .small()), MigrationControl(), MigrationProgress())
    held.pause()
    let user = JoinableThread(name: "user") {
      while progress.snapshot.phase != .copying {}
      held.resume()
    }
    #expect(migrate(other, to: target.endpoint, id: 2, control: held, progress: progress).verified)
    user.join()
    _ = target.stop()
  }

  @Test func `a target that is full lets sources wait`() throws {
    let target = try LoopbackTarget(keepsRunning: false, simultaneous: 1)
    let plan = try SendPlan(
      vms: (1...4).map { .small("vm\($0)", seed: UInt64($0)) }, targets: [[target.endpoint]], sourcePorts: [],
      simultaneous: nil)
    var random = SplitMix64(seed: 1)
    let report = try MigrationRun(plan, transport: .init(security: .plain), using: &random).migrate()
    #expect(report.allVerified, "\(report.migrations.compactMap(\.failure))")
    #expect(target.stop().count == 4)
    let spans = report.migrations.map { ($0.startNanoseconds, $0.endNanoseconds) }.sorted { $0.0 < $1.0 }
    for (one, next) in zip(spans, spans.dropFirst()) { #expect(one.1 <= next.0) }
  }

  @Test func `a pacer grants the rate, whoever asks`() {
    let pacer = Pacer(BitRate(bitsPerSecond: 8_000_000))
    var start = Nanoseconds(0)
    for _ in 0..<101 { start = pacer.reserve(bytes: 1000, at: .seconds(10)) }
    // 100,000 bytes at a megabyte a second, less the 5 ms that may be made up for.
    #expect(start == .milliseconds(10_095))
    #expect(pacer.reserve(bytes: 1, at: .seconds(20)) == .milliseconds(19_995))
  }
}
