import Rings
import Testing

@Suite struct FillDepthTests {
  /// Topped up to the target at once.
  private func topUp(_ depth: inout FillDepth, from ready: UInt32) {
    depth.gave(depth.target - ready, ready: depth.target)
  }

  /// At 4,096 entries, of a share of 6,144.
  private func deepened() -> FillDepth {
    var depth = FillDepth(limit: 6144, ring: 8192)
    topUp(&depth, from: 0)
    depth.found(0)
    topUp(&depth, from: 0)
    return depth
  }

  @Test(arguments: [(100_000, 2048), (3000, 1500), (64, 32), (1, 1)])
  func aQueueStartsWithHalfItsShareAndAtMost2048(limit: UInt32, target: UInt32) {
    #expect(FillDepth(limit: limit, ring: 8192).target == target)
  }

  @Test func aRingFoundNearlyUsedUpIsKeptTwiceAsDeepUpToItsShare() {
    var depth = FillDepth(limit: 6144, ring: 8192)
    topUp(&depth, from: 0)
    depth.found(512)
    #expect(depth.target == 2048)
    depth.found(511)
    #expect(depth.target == 4096)
    topUp(&depth, from: 511)
    depth.found(0)
    #expect(depth.target == 6144)
    topUp(&depth, from: 0)
    depth.found(0)
    #expect(depth.target == 6144)
  }

  @Test func aRingThatIsStillBeingFilledSaysNothing() {
    var depth = FillDepth(limit: 6144, ring: 8192)
    depth.found(0)
    depth.gave(256, ready: 256)
    depth.found(100)
    #expect(depth.target == 2048)
  }

  @Test func aDepthThatIsNotNeededForAPeriodIsHalved() {
    var depth = deepened()
    #expect(depth.target == 4096)
    // 1,535 of them used at the most: three quarters of 2,048 would have done.
    var given: UInt32 = 4096
    while given + 1535 < FillDepth.period {
      depth.found(4096 - 1535)
      topUp(&depth, from: 4096 - 1535)
      given += 1535
      #expect(depth.target == 4096)
    }
    depth.found(4096 - 1535)
    topUp(&depth, from: 4096 - 1535)
    #expect(depth.target == 2048)
  }

  @Test func aDepthThatIsNeededStays() {
    var depth = deepened()
    for _ in 0..<(3 * FillDepth.period / 1536) {
      depth.found(4096 - 1536)
      topUp(&depth, from: 4096 - 1536)
    }
    #expect(depth.target == 4096)
  }

  /// Whatever is found, the target stays inside the share.
  @Test func theTargetNeverLeavesTheShare() {
    var generator = SplitMix64(seed: 5)
    for _ in 0..<200 {
      let limit = UInt32.random(in: 1...10000, using: &generator)
      let ring = UInt32.random(in: 64...8192, using: &generator)
      var depth = FillDepth(limit: limit, ring: ring)
      for _ in 0..<2000 {
        depth.found(UInt32.random(in: 0...depth.target, using: &generator))
        depth.gave(
          UInt32.random(in: 0...FillDepth.period, using: &generator),
          ready: UInt32.random(in: 0...depth.target, using: &generator))
        #expect(depth.target >= 1 && depth.target <= depth.mostOutstanding)
        #expect(depth.mostOutstanding <= min(limit, ring))
      }
    }
  }
}
