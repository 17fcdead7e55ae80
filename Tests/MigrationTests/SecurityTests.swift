import Glibc
import Migration
import Synchronization
import Testing
import Units

struct SecurityTests {
  @Test func `holders of one key migrate, over several connections`() throws {
    let key = PreSharedKey()
    let target = try LoopbackTarget(count: 1, security: .preSharedKey(key))
    let figures = migrate(
      try VirtualMachine(seeding: .small()), to: target.endpoint, over: .over(3, .off, .preSharedKey(key)))
    #expect(figures.verified, "\(figures.failure ?? "")")
    #expect(figures.security == "TLS 1.3 with a pre-shared key")
    _ = target.figures()
    _ = target.stop()
  }

  @Test(arguments: [StreamSecurity.plain, .preSharedKey(PreSharedKey())])
  func `a source without the target's key is turned away, the VM stays`(security: StreamSecurity) throws {
    let target = try LoopbackTarget(security: .preSharedKey(PreSharedKey()))
    let vm = try VirtualMachine(seeding: .small())
    let figures = migrate(vm, to: target.endpoint, over: .over(1, .off, security))
    FailureTests.expectRunsHere(vm, figures, "vm1 to 127.0.0.1:")
    #expect(target.stop().isEmpty)
    #expect(target.strangers.lines.withLock { $0 }.first?.contains("does not prove that it holds the key") == true)
  }

  @Test func `a source that expects the key does not talk to a target without it`() throws {
    let target = try LoopbackTarget()
    let vm = try VirtualMachine(seeding: .small())
    let figures = migrate(vm, to: target.endpoint, over: .over(1, .off, .preSharedKey(PreSharedKey())))
    FailureTests.expectRunsHere(vm, figures, "vm1 to 127.0.0.1:")
    #expect(target.stop().isEmpty)
  }

  @Test func `what is changed on an encrypted stream is noticed at once and sent again`() throws {
    let key = PreSharedKey()
    let target = try LoopbackTarget(count: 1, security: .preSharedKey(key))
    let path = try FaultyPath(to: target.endpoint, .flip, at: 3_000_001)
    let vm = try VirtualMachine(seeding: FailureTests.untouchedVM)
    let figures = migrate(vm, to: path.endpoint, over: .over(1, .off, .preSharedKey(key)))
    #expect(figures.verified, "\(figures.failure ?? "")")
    #expect(figures.connections.map(\.connects) == [2])
    _ = target.figures()
    _ = target.stop()
    path.close()
  }

  @Test func `a key file is read as it was written, and refused when others can read it`() throws {
    let path = "/tmp/millrace-key-\(getpid())"
    defer { unlink(path) }
    let key = PreSharedKey()
    try key.write(to: path)
    #expect(try PreSharedKey(file: path) == key)
    #expect(throws: MigrationError.self) { try key.write(to: path) }
    chmod(path, 0o644)
    #expect(throws: MigrationError.self) { try PreSharedKey(file: path) }
  }
}
