import Migration
import Testing
import Units

extension TransportOptions {
  /// Waits for a cut connection just long enough for a test.
  static var impatient: TransportOptions {
    var options = TransportOptions(security: .plain)
    options.patience = .milliseconds(300)
    return options
  }

  static func over(
    _ connections: Int, paths: Bool = false, _ compression: CompressionMode = .off,
    _ security: StreamSecurity = .plain
  ) -> TransportOptions {
    var options = TransportOptions(security: security)
    (options.connections, options.usesAllPaths, options.compression) = (connections, paths, compression)
    return options
  }
}

/// What is cut and comes back goes on where it was.
struct ResumeTests {
  /// Each attempt takes as long as the source's patience, and longer than what is left to be sent.
  @Test func `a path that takes connections and says nothing does not end what goes over another`() throws {
    let target = try LoopbackTarget(count: 1)
    let silent = try TCPListener(Endpoint(host: "127.0.0.1", port: 0))
    let vm = try VirtualMachine(seeding: .small(dirtyRate: 0))
    var options = TransportOptions.over(1, paths: true)
    (options.patience, options.bandwidth) = (.seconds(1), BitRate(bitsPerSecond: 16_000_000))
    let figures = migrate(vm, to: target.endpoint, silent.endpoint, over: options)
    #expect(figures.verified, "\(figures.failure ?? "")")
    _ = target.stop()
    silent.stop()
  }

  @Test(arguments: [1, 3])
  func `a connection that is cut and comes back goes on where it was`(connections: Int) throws {
    let target = try LoopbackTarget(count: 1)
    let path = try FaultyPath(to: target.endpoint, .cut(for: .milliseconds(100)), at: 25_000_000)
    var profile = FailureTests.untouchedVM
    profile.memory = Bytes(32 << 20)
    let vm = try VirtualMachine(seeding: profile)
    let figures = migrate(vm, to: path.endpoint, over: .over(connections))
    #expect(figures.verified, "\(figures.failure ?? "")")
    #expect(figures.connections.map(\.connects).max() == 2)
    // What was under way is sent again, not what had arrived: starting over would take 55 MiB.
    #expect(figures.bytes < 50 << 20)
    _ = target.figures()
    _ = target.stop()
    path.close()
  }

  @Test func `a path that is lost for good leaves the migration to the other`() throws {
    let target = try LoopbackTarget(count: 1)
    let lost = try FaultyPath(to: target.endpoint, .cutForGood, at: 1_000_000)
    let vm = try VirtualMachine(seeding: .small())
    let figures = migrate(vm, to: target.endpoint, lost.endpoint, over: .over(2, paths: true))
    #expect(figures.verified, "\(figures.failure ?? "")")
    #expect(lost.hasStruck)
    _ = target.figures()
    _ = target.stop()
    lost.close()
  }

  @Test func `a path that leads to another target is left out, however often it is tried`() throws {
    let (target, other) = (try LoopbackTarget(count: 1), try LoopbackTarget())
    var transport = TransportOptions.over(1, paths: true)
    // Longer than it takes until a broken path is tried again.
    transport.bandwidth = BitRate(bitsPerSecond: 32_000_000)
    let vm = try VirtualMachine(seeding: .small(dirtyRate: 0))
    let figures = migrate(vm, to: target.endpoint, other.endpoint, over: transport)
    #expect(figures.verified, "\(figures.failure ?? "")")
    #expect(figures.seconds > 1)
    #expect(figures.connections.map(\.connects) == [1, 0])
    _ = target.figures()
    _ = target.stop()
    #expect(other.stop().isEmpty)
  }

  @Test func `networks are taken in order of preference, and the next when one does not answer`() throws {
    let target = try LoopbackTarget()
    let gone = try LoopbackTarget()
    let nobody = gone.endpoint
    _ = gone.stop()
    let first = migrate(try VirtualMachine(seeding: .small()), to: target.endpoint, nobody, id: 5)
    #expect(first.connections.map(\.path) == ["\(target.endpoint)"])
    let second = migrate(try VirtualMachine(seeding: .small()), to: nobody, target.endpoint, id: 6)
    #expect(second.verified, "\(second.failure ?? "")")
    #expect(second.connections.map(\.path) == ["\(target.endpoint)"])
    // The preferred path is cut in the middle: the other one takes over.
    let path = try FaultyPath(to: target.endpoint, .cutForGood, at: 3_000_000)
    let third = migrate(try VirtualMachine(seeding: .small()), to: path.endpoint, target.endpoint, id: 7)
    #expect(third.verified, "\(third.failure ?? "")")
    #expect(third.connections.map(\.path) == ["\(target.endpoint)"])
    #expect(target.stop().count == 3)
    path.close()
  }
}
