import Migration
import Testing
import Units

/// The one moment at which a cut leaves the source in doubt.
struct HandOverTests {
  @Test func `a link cut behind the release leaves the VM to the target, paused here`() throws {
    let target = try LoopbackTarget(count: 1)
    let vm = try VirtualMachine(seeding: .small())
    let source = MigrationSource(
      vm: vm, options: .init(target: target.endpoint, migration: (1, 2)), progress: .init(),
      tracker: makeDirtyTracker(for: vm.image)
    ) { [endpoint = target.endpoint] progress throws(MigrationError) in
      let connection = try TCPConnection.connect(to: endpoint, sourcePort: nil, place: "vm1 to \(endpoint)")
      return DeafTransport(TCPTransport(connection: connection, progress: progress))
    }
    vm.start()
    let figures = source.migrate()
    #expect(!figures.verified)
    #expect(figures.runsOn == .unconfirmed)
    #expect(figures.failure?.hasSuffix("it stays paused here: look there") == true, "\(figures.failure ?? "")")
    let received = target.figures()
    #expect(received.map(\.runsOn) == [.target])
    #expect(received.first?.failure?.hasSuffix("vm1 runs on here") == true)
    let there = try #require(target.target.runningVMs.first)
    let count = vm.pagesWritten
    while there.pagesWritten < 100 {}
    #expect(vm.pagesWritten == count)
    _ = target.stop()
  }
}

/// Hears nothing any more once it has sent `release`.
final class DeafTransport: MigrationTransport {
  private let transport: any MigrationTransport
  private var isDeaf = false

  init(_ transport: any MigrationTransport) { self.transport = transport }

  var sourcePort: UInt16 { transport.sourcePort }
  func greet(_ hello: Hello) throws(MigrationError) { try transport.greet(hello) }
  func send(_ pages: PageRuns, of image: MemoryImage, digests: inout PageDigests) throws(MigrationError) {
    try transport.send(pages, of: image, digests: &digests)
  }
  func send(_ record: ControlRecord) throws(MigrationError) {
    try transport.send(record)
    if record == .release { isDeaf = true }
  }
  func receive() throws(MigrationError) -> ControlRecord {
    if isDeaf {
      // What the target says is on its way or here: the cut comes after the release, not instead of it.
      _ = try transport.receive()
      throw MigrationError("vm1", "the link is cut")
    }
    return try transport.receive()
  }
  func close() { transport.close() }
  func reset() { transport.reset() }
}
