import Migration
import Testing
import Units

/// Post-copy that goes wrong behind the hand-over, where neither side has all of the VM.
struct PostCopyFailureTests {
  /// From the first greeting on: one more for the connection over which pages are asked for, 2,048 pages in 8 records,
  /// and the round's end.
  static let firstRound = 2 * Hello.length + 2048 * MemoryImage.pageSize + 8 * 32 + 32 + 2 * 8
  /// Where pages follow, 16 in a record: behind the list of them, which is one run, and the release.
  static let following = firstRound + 32 + 8 + 32
  /// To both greetings, to the round's end, the list and the release.
  static let answersBeforeComplete = 2 * HelloAnswer.length + 32 + 2 * 4 + 32 + 32

  /// Random pages that nobody writes.
  private static func vm(_ memory: Bytes = Bytes(8 << 20)) throws -> VirtualMachine {
    var profile = VMProfile.small(dirtyRate: 0)
    (profile.memory, profile.zeroShare, profile.compressibleShare) = (memory, 0, 0)
    return try VirtualMachine(seeding: profile)
  }

  /// Hands over after one round, behind which `pages` (left out: all) are written: those follow.
  private static func migrate(
    _ vm: VirtualMachine, to endpoint: Endpoint, writing pages: Range<Int>? = nil
  ) -> MigrationFigures {
    var (rule, transport) = (ConvergenceRule(), TransportOptions(security: .plain))
    (rule.postCopyAfter, transport.postCopy, transport.patience) = (1, true, .seconds(1))
    vm.start()
    let source = MigrationSource(
      vm: vm, options: .init(target: [endpoint], rule: rule, transport: transport, migration: (1, 2)))
    source.afterSending = { round in
      guard round == 0 else { return }
      for page in pages ?? 0..<vm.image.pageCount {
        vm.image.page(page).storeBytes(of: UInt64(page) | 1 << 63, as: UInt64.self)
      }
    }
    return source.migrate()
  }

  private static func expectLost(_ vm: VirtualMachine, _ figures: MigrationFigures, _ target: LoopbackTarget) {
    let failure = figures.failure ?? ""
    #expect(figures.runsOn == .lost, "\(failure)")
    #expect(failure.hasSuffix("its state at the hand-over stays paused here: start it anew"), "\(failure)")
    #expect(!figures.verified)
    #expect(!vm.isRunning)
    let received = target.figures()
    #expect(received.map(\.runsOn) == [.lost])
    #expect(received.map(\.verified) == [false])
    #expect(received.first?.failure?.contains("vm1 is lost: it ran here without all its pages") == true)
    #expect(target.target.runningVMs.isEmpty)
  }

  /// In a page, which only the digests show; in the second record's header, which the target sees.
  @Test(arguments: [following + 2000, following + 32 + 16 * MemoryImage.pageSize])
  func `a byte changed in what follows loses the VM, and both sides say so`(offset: Int) throws {
    let target = try LoopbackTarget(count: 1)
    let path = try FaultyPath(to: target.endpoint, .flip, at: offset)
    let vm = try Self.vm()
    Self.expectLost(vm, Self.migrate(vm, to: path.endpoint), target)
    path.close()
  }

  @Test func `a list of pages changed on its way loses the VM, also where all pages come that it names`() throws {
    let target = try LoopbackTarget(count: 1)
    // Pages 12 to 19 in place of 8 to 15: 16 to 19 are dropped and do not come.
    let path = try FaultyPath(to: target.endpoint, .flip, at: Self.firstRound + 32)
    let vm = try Self.vm()
    Self.expectLost(vm, Self.migrate(vm, to: path.endpoint, writing: 8..<16), target)
    path.close()
  }

  @Test func `a link cut for good while pages follow loses the VM, and both sides say so`() throws {
    let target = try LoopbackTarget(count: 1, patience: .seconds(2))
    // 30 MiB are still to come: more than the sockets on the way hold.
    let path = try FaultyPath(to: target.endpoint, .cutForGood, at: 34 << 20)
    let vm = try Self.vm(Bytes(32 << 20))
    Self.expectLost(vm, Self.migrate(vm, to: path.endpoint), target)
    path.close()
  }

  @Test func `a target that goes away while pages follow loses the VM, which is not rolled back`() throws {
    let target = try LoopbackTarget()
    let path = try FaultyPath(to: target.endpoint, .call { target.target.stop() }, at: Self.following + 2000)
    let vm = try Self.vm()
    Self.expectLost(vm, Self.migrate(vm, to: path.endpoint), target)
    path.close()
  }

  /// Before the target's word that the VM runs, and before its word that it has all pages.
  @Test(arguments: [(answersBeforeComplete - 32, RunningSide.lost), (answersBeforeComplete, RunningSide.target)])
  func `a link cut for good behind the release leaves the source in doubt, and the target knows`(
    offset: Int, side: RunningSide
  ) throws {
    let target = try LoopbackTarget(count: 1, patience: .seconds(2))
    let path = try FaultyPath(to: target.endpoint, .cutForGood, at: offset, backward: true)
    let vm = try Self.vm()
    let figures = Self.migrate(vm, to: path.endpoint)
    #expect(figures.runsOn == .unconfirmed, "\(figures.failure ?? "")")
    #expect(!vm.isRunning)
    #expect(target.figures().map(\.runsOn) == [side])
    let there = target.target.runningVMs
    #expect(there.count == (side == .target ? 1 : 0))
    for one in there { #expect(one.image.digest == vm.image.digest) }
    _ = target.stop()
    path.close()
  }

  @Test func `a digest changed on its way, there or back, loses no VM`() throws {
    let sound = try LoopbackTarget(count: 1)
    let first = Self.migrate(try Self.vm(), to: sound.endpoint)
    #expect(first.verified, "\(first.failure ?? "")")
    _ = sound.figures()
    _ = sound.stop()
    // The last record there is the source's digest and the counts of two connections.
    let there = 2 * Hello.length + Int(first.bytes) - 16 - 2 * 8
    for (offset, isBackward) in [(there, false), (Self.answersBeforeComplete + 32, true)] {
      let target = try LoopbackTarget(count: 1)
      let path = try FaultyPath(to: target.endpoint, .flip, at: offset, backward: isBackward)
      let vm = try Self.vm()
      let figures = Self.migrate(vm, to: path.endpoint)
      #expect(figures.verified, "\(figures.failure ?? "")")
      #expect(figures.runsOn == .target)
      let received = target.figures()
      #expect(received.map(\.runsOn) == [.target])
      #expect(received.map(\.verified) == [true])
      #expect(received.first?.faults != nil)
      #expect(target.target.runningVMs.first?.image.digest == vm.image.digest)
      _ = target.stop()
      path.close()
    }
  }
}
