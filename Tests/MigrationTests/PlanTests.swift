import Migration
import Testing
import Units

@Suite("What the planner expects")
struct PlanTests {
  private static let mebibyte: UInt64 = 1 << 20
  /// 1 GB a second over one connection, 2 over several; half the size at half the rate with zstd.
  private let costs: MigrationCosts = {
    func pages(_ rate: Double, _ ratio: Double) -> MigrationCosts.Pages {
      .init(bytesPerSecond: rate, ratio: ratio, cpuSecondsPerByte: 1 / rate)
    }
    return MigrationCosts(
      cores: 2,
      levels: [
        "none": .init(random: pages(1e9, 1), compressible: pages(1e9, 1)),
        "zstd1": .init(random: pages(5e8, 1), compressible: pages(5e8, 0.5)),
      ], togetherBytesPerSecond: 2e9, zeroBytesPerSecond: 1e10, fixedSeconds: 0, fixedBlackoutSeconds: 0.001)
  }()

  private func vm(_ mebibytes: UInt64, dirtyRate: UInt64 = 0, compressible: Double = 0) -> VMProfile {
    VMProfile(
      name: "vm", memory: Bytes(mebibytes * Self.mebibyte), zeroShare: 0, compressibleShare: compressible,
      dirtyRate: Bytes(dirtyRate * Self.mebibyte))
  }

  private func plan(
    _ vms: [VMProfile], link: UInt64?, simultaneous: Int = 100, rule: ConvergenceRule = .init(),
    _ change: (inout TransportOptions) -> Void = { _ in }
  ) -> ClusterPlan {
    var transport = TransportOptions(security: .plain)
    change(&transport)
    let host = ClusterPlan.Host(link: link.map { BitRate(bitsPerSecond: $0 * 1_000_000) }, cores: 2)
    return ClusterPlan(
      hosts: [host, host], moves: vms.map { .init($0, from: 0, to: 1) }, simultaneous: simultaneous, rule: rule,
      transport: transport, costs: costs)
  }

  private func isNear(_ a: Double, _ b: Double) -> Bool { abs(a - b) <= 0.002 * max(abs(a), abs(b)) }

  @Test func aLimitedLinkIsFilledWithFrames() {
    let bytes = 125.0 * 0x1p20
    let one = plan([vm(125)], link: 100).prediction()
    #expect(isNear(one.seconds, bytes * 1514 / 1448 * 8 / 100e6 + 0.001), "\(one.seconds)")
    #expect(isNear(one.linkUtilization ?? 0, 1))
    #expect(isNear(one.blackoutMilliseconds, 1))
    #expect(one.migrations[0].rounds == 1)
  }

  @Test func oneConnectionIsHeldToItsCoreAndSeveralFillTheHost() {
    let gigabyte = vm(1024)
    #expect(isNear(plan([gigabyte], link: nil).prediction().seconds, 0x1p30 / 1e9))
    #expect(isNear(plan([gigabyte], link: nil) { $0.connections = 4 }.prediction().seconds, 0x1p30 / 2e9))
    #expect(isNear(plan([gigabyte, gigabyte, gigabyte], link: nil).prediction().seconds, 3 * 0x1p30 / 2e9))
  }

  @Test func compressionPaysOnASlowLinkAndIsNotUsedOnAFastOne() {
    let half = vm(256, compressible: 1)
    let plain = plan([half], link: 1000).prediction().seconds
    let compressed = plan([half], link: 1000) { $0.compression = .automatic }.prediction().seconds
    #expect(isNear(compressed, plain / 2))
    let fast = plan([half], link: 100_000) { $0.compression = .automatic }.prediction().seconds
    #expect(isNear(fast, plan([half], link: 100_000).prediction().seconds))
  }

  @Test func whatIsWrittenIsSentAgainUntilTheRestFitsThePause() {
    let still = plan([vm(256)], link: 1000).prediction()
    let written = plan([vm(256, dirtyRate: 20)], link: 1000).prediction()
    #expect(written.seconds > still.seconds * 1.1)
    #expect(written.migrations[0].rounds > 2)
    #expect(written.blackoutMilliseconds < 31)
    // Written faster than it is copied: all of the working set again each round, as often as the rule lets it.
    let rule = ConvergenceRule(rounds: 5)
    let hopeless = plan([vm(256, dirtyRate: 4000)], link: 1000, rule: rule).prediction()
    #expect(hopeless.migrations[0].rounds == 5)
    #expect(isNear(hopeless.blackoutMilliseconds / 1000, 64 * 0x1p20 * 1514 / 1448 * 8 / 1e9 + 0.001))
  }

  @Test func onesThatWaitForOthersTakeTheirTurns() {
    let vms = Array(repeating: vm(64), count: 6)
    let together = plan(vms, link: 1000).prediction()
    let oneByOne = plan(vms, link: 1000, simultaneous: 1).prediction()
    #expect(abs(together.seconds - oneByOne.seconds) < 0.01)
    #expect(oneByOne.migrations.map(\.endSeconds) == oneByOne.migrations.map(\.endSeconds).sorted())
    #expect((together.migrations.map(\.endSeconds).min() ?? 0) > 0.99 * together.seconds)
  }

  @Test func aClusterIsAsFastAsItsBusiestHost() {
    var plan = plan([], link: 10_000, simultaneous: 4)
    plan.hosts = Array(repeating: plan.hosts[0], count: 200)
    // Two hosts are emptied to 198 others; each sends 30 VMs of 1 GiB.
    plan.moves = (0..<60).map { .init(vm(1024), from: $0 % 2, to: 2 + $0) }
    let one = plan.prediction()
    #expect(one.migrations.count == 60)
    #expect(isNear(one.seconds, 30 * 0x1p30 * 1514 / 1448 * 8 / 10e9 + 0.008))
  }

  @Test(arguments: 0..<200)
  func noLinkCarriesMoreThanItCanAndAllIsSent(seed: Int) {
    var random = SplitMix64(seed: UInt64(seed))
    let vms = (0..<Int.random(in: 1...8, using: &random)).map { _ in
      vm(.random(in: 1...512, using: &random), dirtyRate: .random(in: 0...40, using: &random))
    }
    let link = UInt64.random(in: 10...20_000, using: &random)
    let one = plan(vms, link: link, simultaneous: .random(in: 1...4, using: &random)).prediction()
    let memory = vms.reduce(0) { $0 + Double($1.memory.count) }
    #expect(one.migrations.count == vms.count)
    #expect(one.bytes >= memory * 0.999)
    #expect(one.seconds >= one.bytes * 1514 / 1448 * 8 / (Double(link) * 1e6) * 0.999)
    #expect((one.linkUtilization ?? 2) <= 1.001)
    #expect(one.cpuUtilization <= 1.001)
  }

  @Test func thePublishedTimesFollowFromOneAnother() {
    for row in PublishedTimes.rows() { #expect(row.holds, "\(row)") }
  }
}
