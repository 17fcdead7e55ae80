import Dataplane
import Glibc
import Ports
import Rings
import Testing
import Units

@Suite struct WorkerThreadTests {
  /// A thread forwards by the table it is given, takes the next one, and holds nothing when it is stopped.
  @Test func aThreadTakesTablesOneAfterAnotherAndGivesItsChunksBack() throws {
    let pool = FramePool(arena: try FrameArena(size: Bytes(8 << 20)))
    let fdb = FDB(addresses: 64)
    defer { fdb.deallocate() }
    let ports = (0..<2).map { _ in MemoryPort(pool: pool) }
    let entries = ports.map { port in PortEntry { _ in port.io() } }
    defer { for entry in entries { entry.free() } }
    func table() -> ForwardingTable {
      ForwardingTable(entries: entries.enumerated().map { (port: $0.offset, entry: $0.element) }, fdb: fdb)
    }
    // Put in before the thread starts and taken after it ended: memory ports belong to one thread at a time.
    let sent = (0..<1000).map { ethernet(to: broadcast, from: station(1), payload: big16($0)) }
    for frame in sent { #expect(ports[0].inject(frame)) }

    let thread = WorkerThread(index: 0, pool: pool, options: .init(cpu: 0, polling: .adaptive))
    let publisher = TablePublisher(threads: [thread])
    publisher.publish(table(), started: false)
    try thread.start()
    for _ in 0..<20 { publisher.publish(table(), started: true) }
    var looks = 0
    while thread.report().frames < 2000 && looks < 20_000 {
      usleep(1000)
      looks += 1
    }
    thread.stop()

    var taken: [[UInt8]] = []
    while let frame = ports[1].take() { taken.append(frame) }
    #expect(taken == sent)
    #expect(thread.report().frames == 2000)
    #expect(thread.report().cachedChunks == 0)
    #expect(pool.freeCount + ports.reduce(0) { $0 + $1.cachedChunks } == pool.arena.chunkCount)
  }
}
