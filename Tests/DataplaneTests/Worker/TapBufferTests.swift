import Dataplane
import Glibc
import Ports
import Rings
import Testing
import Units

@Suite struct TapBufferTests {
  /// Chunks are kept ready for the next read of a tap, and go back when the worker ends.
  @Test func aWorkerGivesBackWhatItKeptForTapReads() throws {
    let pool = FramePool(arena: try FrameArena(size: Bytes(4 << 20)))
    let fdb = FDB(addresses: 64)
    // To readv, a pipe that holds nothing is a tap on which nothing arrives.
    var ends: [Int32] = [-1, -1]
    try #require(pipe(&ends) == 0)
    try #require(fcntl(ends[0], F_SETFL, O_NONBLOCK) == 0)
    let entry = PortEntry { _ in PortIO(kind: .host) }
    entry.io.pointee.tap = ends[0]
    defer {
      entry.free()
      fdb.deallocate()
      for end in ends { close(end) }
    }
    let table = ForwardingTable(entries: [(port: 0, entry: entry)], fdb: fdb)
    do {
      var worker = Worker(index: 0, pool: pool)
      #expect(worker.pass(table, now: 1_000_000_000) == 0)
      // The parts of the longest super-frame.
      #expect(worker.heldChunks >= 18)
      #expect(pool.freeCount + worker.heldChunks == pool.arena.chunkCount)
    }
    #expect(pool.freeCount == pool.arena.chunkCount)
  }
}
