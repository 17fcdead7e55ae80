import Migration
import Testing
import Units

/// Hand-over first, the rest of the memory afterwards.
struct PostCopyTests {
  /// Hands over after one round.
  private static func options(
    _ transport: TransportOptions = .init(security: .plain)
  ) -> (rule: ConvergenceRule, over: TransportOptions) {
    var (rule, transport) = (ConvergenceRule(), transport)
    (rule.postCopyAfter, transport.postCopy) = (1, true)
    return (rule, transport)
  }

  @Test(arguments: [1, 3])
  func `pages follow a VM that runs already, and it ends up with all of them`(connections: Int) throws {
    let key = PreSharedKey()
    let target = try LoopbackTarget(count: 1, security: .preSharedKey(key))
    let vm = try VirtualMachine(seeding: .small(dirtyRate: 512 << 20))
    let options = Self.options(.over(connections, .off, .preSharedKey(key)))
    let figures = migrate(vm, to: target.endpoint, rule: options.rule, over: options.over)
    #expect(figures.verified, "\(figures.failure ?? "")")
    #expect(figures.convergence.hasPrefix("post-copy after 1 round"))
    #expect(!vm.isRunning)
    let received = try #require(target.figures().first)
    #expect(received.verified, "\(received.failure ?? "")")
    #expect(received.faults != nil)
    let there = try #require(target.target.runningVMs.first)
    let count = there.pagesWritten
    #expect(eventually { there.pagesWritten >= count + 100 })
    _ = target.stop()
  }

  @Test func `what follows is what the memory was at the hand-over`() throws {
    let target = try LoopbackTarget(count: 1)
    let vm = try VirtualMachine(seeding: .small(dirtyRate: 0))
    let (rule, transport) = Self.options()
    vm.start()
    let source = MigrationSource(
      vm: vm, options: .init(target: [target.endpoint], rule: rule, transport: transport, migration: (1, 2)))
    source.afterSending = { round in
      guard round == 0 else { return }
      for page in stride(from: 0, to: vm.image.pageCount, by: 3) {
        vm.image.page(page).storeBytes(of: UInt64(page) | 1, as: UInt64.self)
      }
    }
    let figures = source.migrate()
    #expect(figures.verified, "\(figures.failure ?? "")")
    _ = target.figures()
    #expect(target.target.runningVMs.first?.image.digest == vm.image.digest)
    _ = target.stop()
  }

  @Test func `the target's hand-over lasts from the list of the pages that follow to the VM's start`() throws {
    let target = try LoopbackTarget(count: 1)
    let (rule, transport) = Self.options()
    let figures = migrate(
      try VirtualMachine(seeding: .small(dirtyRate: 512 << 20)), to: target.endpoint, rule: rule, over: transport)
    #expect(figures.verified, "\(figures.failure ?? "")")
    let received = try #require(target.figures().first)
    #expect(received.handOverMilliseconds > 0)
    #expect(received.handOverMilliseconds < received.seconds * 1000)
    _ = target.stop()
  }

  @Test func `a connection that is cut while pages follow goes on where it was`() throws {
    let target = try LoopbackTarget(count: 1)
    // Behind the 8 MiB of the first round.
    let path = try FaultyPath(to: target.endpoint, .cut(for: .milliseconds(50)), at: 9 << 20)
    var profile = VMProfile.small(dirtyRate: 2 << 30)
    (profile.zeroShare, profile.compressibleShare, profile.workingSet) = (0, 0, Bytes(8 << 20))
    let vm = try VirtualMachine(seeding: profile)
    let (rule, transport) = Self.options()
    let figures = migrate(vm, to: path.endpoint, rule: rule, over: transport)
    #expect(figures.verified, "\(figures.failure ?? "")")
    #expect(path.hasStruck)
    #expect(target.figures().first?.verified == true)
    _ = target.stop()
    path.close()
  }
}
