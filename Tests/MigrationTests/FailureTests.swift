import Migration
import Synchronization
import Testing
import Units

/// What goes wrong ends in one line, and with the VM running on exactly one side.
struct FailureTests {
  static func expectRunsHere(_ vm: VirtualMachine, _ figures: MigrationFigures, _ words: String) {
    let failure = figures.failure ?? ""
    #expect(!figures.verified)
    #expect(figures.runsOn == .source, "\(failure)")
    #expect(failure.contains(words), "\(failure)")
    #expect(failure.hasSuffix("vm1 runs on here"), "\(failure)")
    #expect(!failure.contains("\n"))
    let count = vm.pagesWritten
    #expect(eventually { vm.pagesWritten >= count + 100 })
    vm.stop()
  }

  @Test func `a payload byte changed on the way is noticed and the VM stays`() throws {
    let target = try LoopbackTarget(count: 1)
    // Deep in the first round, where a page of random bytes is: no length or number of a record.
    let path = try FaultyPath(to: target.endpoint, .flip, at: 3_000_001)
    let vm = try VirtualMachine(seeding: Self.untouchedVM)
    let figures = migrate(vm, to: path.endpoint)
    Self.expectRunsHere(vm, figures, "digest")
    let received = target.figures()
    #expect(received.map(\.runsOn) == [.source])
    #expect(received.first?.failure?.contains("digests differ") == true)
    #expect(target.target.runningVMs.isEmpty)
    path.close()
  }

  /// Written only in its first 16 pages, so that the page the flip hits is not copied a second time.
  static var untouchedVM: VMProfile {
    var profile = VMProfile.small()
    (profile.zeroShare, profile.compressibleShare) = (0, 0)
    profile.workingSet = Bytes(16 * 4096)
    return profile
  }

  @Test(arguments: [0, 4, 8, 16, 24])
  func `a header byte changed on the way is noticed and the VM stays`(offset: Int) throws {
    let target = try LoopbackTarget(count: 1)
    // The second record's header: 256 pages are in the first.
    let second = Hello.length + WireFormat.recordHeaderLength + WireFormat.largestRun * MemoryImage.pageSize
    let path = try FaultyPath(to: target.endpoint, .flip, at: second + offset)
    let vm = try VirtualMachine(seeding: Self.untouchedVM)
    let figures = migrate(vm, to: path.endpoint)
    // A changed page number is a good header: only the digest shows it.
    Self.expectRunsHere(vm, figures, offset == 16 ? "digest" : "corrupt: no header at record 1")
    #expect(target.figures().map(\.runsOn) == [.source])
    path.close()
  }

  @Test(arguments: [10, 176, 200, 1 << 20, 5_000_000])
  func `a link cut anywhere before the hand-over leaves the VM here`(offset: Int) throws {
    let target = try LoopbackTarget()
    let path = try FaultyPath(to: target.endpoint, .cutForGood, at: offset)
    let vm = try VirtualMachine(seeding: .small())
    let figures = migrate(vm, to: path.endpoint, over: .impatient)
    Self.expectRunsHere(vm, figures, "vm1 to 127.0.0.1:")
    #expect(target.stop().allSatisfy { $0.runsOn == .source && $0.failure != nil })
    path.close()
  }

  @Test func `a target that goes away in the middle leaves the VM here`() throws {
    let target = try LoopbackTarget()
    let vm = try VirtualMachine(seeding: .small())
    let progress = MigrationProgress()
    // Written in every round, so that rounds never end by themselves.
    let source = writingSource(
      vm, to: target.endpoint, rule: .init(blackout: Nanoseconds(1), rounds: .max), progress: progress, writing: 1,
      toPage: 2000, again: true)
    let killer = JoinableThread(name: "killer") {
      _ = eventually { progress.snapshot.round >= 5 }
      target.target.stop()
    }
    vm.start()
    let figures = source.migrate()
    killer.join()
    Self.expectRunsHere(vm, figures, "vm1 to 127.0.0.1:")
    #expect(target.figures().map(\.runsOn) == [.source])
  }

  @Test func `a target without the memory refuses with the amount`() throws {
    let target = try LoopbackTarget(limit: Bytes(4 << 20))
    let vm = try VirtualMachine(seeding: .small())
    let figures = migrate(vm, to: target.endpoint)
    Self.expectRunsHere(vm, figures, "the target refuses: vm1: needs 8MiB, but 4MiB")
    #expect(target.stop().count == 1)
  }

  @Test func `nobody listening is one line with what to start`() throws {
    let target = try LoopbackTarget()
    let endpoint = target.endpoint
    _ = target.stop()
    let vm = try VirtualMachine(seeding: .small())
    let figures = migrate(vm, to: endpoint)
    Self.expectRunsHere(vm, figures, "vm1 to 127.0.0.1:")
  }

  @Test func `a peer that is no target is told apart`() throws {
    let listener = try TCPListener(Endpoint(host: "127.0.0.1", port: 0))
    let server = JoinableThread(name: "ssh") {
      guard let (connection, _) = listener.accept() else { return }
      try? connection.send(Array("SSH-2.0-OpenSSH_9.2p1 Debian-2\r\n".utf8))
      connection.awaitEnd()
    }
    let vm = try VirtualMachine(seeding: .small())
    let figures = migrate(vm, to: listener.endpoint)
    Self.expectRunsHere(vm, figures, "is not a migration target")
    server.join()
  }

  @Test func `a peer that is no source is told apart, and the target goes on`() throws {
    let target = try LoopbackTarget(count: 1)
    let stranger = try TCPConnection.connect(to: target.endpoint, sourcePort: nil, place: "stranger")
    try stranger.send(Array(repeating: UInt8(ascii: "G"), count: 400))
    stranger.awaitEnd()
    #expect(target.strangers.lines.withLock { $0 }.first?.contains("is not a migration source") == true)
    #expect(migrate(try VirtualMachine(seeding: .small()), to: target.endpoint).verified)
    #expect(target.figures().count == 1)
  }
}
