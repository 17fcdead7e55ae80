import Glibc
import Rings
import Synchronization
import Testing
import Units

@Suite struct FramePoolTests {
  @Test func everyChunkIsGivenOutOnceAndTheLowestFirst() throws {
    let pool = FramePool(arena: try FrameArena(size: Bytes(1 << 20)))
    var chunks = [UInt32](repeating: 0, count: 300)
    #expect(pool.freeCount == 256)
    #expect(pool.take(10, into: &chunks) == 10)
    #expect(Set(chunks[..<10]) == Set(0..<10))
    #expect(pool.take(300, into: &chunks) == 246)
    #expect(Set(chunks[..<246]) == Set(10..<256))
    #expect(pool.take(1, into: &chunks) == 0)
    #expect(pool.freeCount == 0)
  }

  @Test func whatIsGivenBackCanBeTakenAgain() throws {
    let pool = FramePool(arena: try FrameArena(size: Bytes(1 << 20)))
    var generator = SplitMix64(seed: 5)
    var held: Set<UInt32> = []
    var buffer = [UInt32](repeating: 0, count: 64)
    for _ in 0..<5000 {
      if Bool.random(using: &generator) {
        let wanted = Int.random(in: 0...64, using: &generator)
        let n = pool.take(wanted, into: &buffer)
        #expect(n == min(wanted, 256 - held.count))
        #expect(held.isDisjoint(with: buffer[..<n]))
        held.formUnion(buffer[..<n])
      } else {
        let back = Array(held.shuffled(using: &generator).prefix(Int.random(in: 0...64, using: &generator)))
        pool.give(back, count: back.count)
        held.subtract(back)
      }
      #expect(pool.freeCount == 256 - held.count)
    }
  }

  @Test func chunksTheKernelHeldForAQueueAreTakenBack() throws {
    let pool = FramePool(arena: try FrameArena(size: Bytes(1 << 20)))
    var chunks = [UInt32](repeating: 0, count: 30)
    #expect(pool.take(30, into: &chunks) == 30)
    for (i, chunk) in chunks.enumerated() { pool.table.owners[Int(chunk)] = i < 10 ? 1 : i < 25 ? 2 : 0 }
    #expect(pool.reclaim(owner: 2) == 15)
    #expect(pool.freeCount == 256 - 15)
    #expect(pool.reclaim(owner: 2) == 0)
    #expect(pool.reclaim(owner: 1) == 10)
    #expect(pool.freeCount == 256 - 5)
  }

  /// Threads mark the chunks they hold; a chunk in two hands would be marked twice.
  @Test func threadsNeverHoldTheSameChunk() throws {
    let pool = FramePool(arena: try FrameArena(size: Bytes(1 << 20)))
    let twice = Atomic<Int>(0)
    onThreads(4) { thread in
      let mark = UInt16(thread) + 1
      var generator = SplitMix64(seed: UInt64(thread))
      let buffer = UnsafeMutablePointer<UInt32>.allocate(capacity: 8)
      defer { buffer.deallocate() }
      var wrong = 0
      for _ in 0..<600_000 {
        let n = pool.take(Int.random(in: 1...8, using: &generator), into: buffer)
        for i in 0..<n {
          if pool.table.owners[Int(buffer[i])] != 0 { wrong += 1 }
          pool.table.owners[Int(buffer[i])] = mark
        }
        for i in 0..<n {
          if pool.table.owners[Int(buffer[i])] != mark { wrong += 1 }
          pool.table.owners[Int(buffer[i])] = 0
        }
        pool.give(buffer, count: n)
      }
      twice.add(wrong, ordering: .relaxed)
    }
    #expect(twice.load(ordering: .relaxed) == 0)
    #expect(pool.freeCount == 256)
  }
}
