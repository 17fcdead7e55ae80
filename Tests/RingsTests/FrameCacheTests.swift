import Rings
import Testing
import Units

@Suite struct FrameCacheTests {
  private func pool(chunks: Int) throws -> FramePool {
    FramePool(arena: try FrameArena(size: Bytes(UInt64(chunks) * 4096)))
  }

  @Test func everyChunkOfThePoolCanBeTakenThroughItThenNone() throws {
    let pool = try pool(chunks: 700)
    var cache = FrameCache(pool: pool)
    var taken: Set<UInt32> = []
    for _ in 0..<700 { taken.insert(cache.take()) }
    #expect(taken == Set(0..<700))
    #expect(cache.take() == ChunkTable.none)
    #expect(pool.freeCount == 0 && cache.count == 0)
    for chunk in taken { cache.give(chunk) }
    #expect(cache.take() != ChunkTable.none)
  }

  /// Whatever is taken and given, what the cache holds and the pool has free and the test holds is all there is.
  @Test func nothingIsLostBetweenCacheAndPool() throws {
    let pool = try pool(chunks: 3000)
    var cache = FrameCache(pool: pool)
    var generator = SplitMix64(seed: 11)
    var held: [UInt32] = []
    for round in 0..<200 {
      for _ in 0..<Int.random(in: 0...2000, using: &generator) {
        if round % 2 == 0 {
          let chunk = cache.take()
          if chunk != ChunkTable.none { held.append(chunk) }
        } else if let chunk = held.popLast() {
          cache.give(chunk)
        }
      }
      #expect(held.count + cache.count + pool.freeCount == 3000)
      #expect(Set(held).count == held.count)
    }
    for chunk in held { cache.give(chunk) }
    #expect(cache.count + pool.freeCount == 3000)
  }

  @Test func preparedChunksCanBeTakenWithoutThePool() throws {
    let pool = try pool(chunks: 300)
    var cache = FrameCache(pool: pool)
    #expect(cache.prepare(200) >= 200)
    let free = pool.freeCount
    for _ in 0..<200 { #expect(cache.take() != ChunkTable.none) }
    #expect(pool.freeCount == free)
    #expect(cache.prepare(256) == 100)
  }

  @Test func itGivesBackWhatItHoldsAtItsEnd() throws {
    let pool = try pool(chunks: 300)
    do {
      var cache = FrameCache(pool: pool)
      let chunk = cache.take()
      #expect(pool.freeCount < 300)
      cache.give(chunk)
    }
    #expect(pool.freeCount == 300)
  }
}
