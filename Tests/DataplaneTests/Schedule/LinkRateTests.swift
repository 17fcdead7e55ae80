import Dataplane
import Synchronization
import Testing
import Units

@Suite struct LinkRateTests {
  private static let rates: [UInt64] = [
    1_000_000, 64_000_000, 1_000_000_000, 2_500_000_000, 10_000_000_000, 25_000_000_000, 100_000_000_000,
  ]

  /// Offers frames of `size` all the time, at random moments; the time of all that was admitted is the time that
  /// passed, up to the burst, the last frame and the rounding of a frame's time to 1/128 ns.
  @Test(arguments: rates, [64, 1514]) func aLinkThatIsAlwaysOfferedMoreCarriesItsRate(rate: UInt64, size: UInt32) {
    let link = LinkRate(BitRate(bitsPerSecond: rate), overhead: Bytes(24), burst: .milliseconds(1))
    defer { link.deallocate() }
    var generator = SplitMix64(seed: rate)
    let perFrame = Double(size + 24) * 8e9 / Double(rate)
    let begin: UInt64 = 77_000_000_000
    var now = begin
    var frames = 0
    while frames < 300_000 && now < begin + 20_000_000_000 {
      while link.admit(bytes: size, frames: 1, now: now) == nil { frames += 1 }
      now += UInt64.random(in: 1...400_000, using: &generator)
    }
    // The last look was one step before `now`.
    let carried = Double(frames) * perFrame
    let passed = Double(now - begin)
    let rounding = Double(frames) / 128
    #expect(carried <= passed + 1_000_000 + perFrame + rounding)
    #expect(carried >= passed - 400_000 + 1_000_000 - perFrame - rounding)
  }

  @Test func anIdleLinkSavesNothingUp() {
    let link = LinkRate(BitRate(bitsPerSecond: 1_000_000_000), overhead: Bytes(0), burst: .milliseconds(1))
    defer { link.deallocate() }
    // A microsecond a frame: 1 ms ahead, and the one that goes beyond it.
    for now in [5_000_000_000, 3_000_000_000_000, 40_000_000_000_000_000] as [UInt64] {
      var frames = 0
      while link.admit(bytes: 125, frames: 1, now: now) == nil { frames += 1 }
      #expect(frames == 1001)
    }
  }

  @Test(arguments: rates) func theMomentToAskAgainIsTheFirstAtWhichTheLinkTakesMore(rate: UInt64) {
    let link = LinkRate(BitRate(bitsPerSecond: rate), overhead: Bytes(0), burst: .microseconds(100))
    defer { link.deallocate() }
    var now: UInt64 = 1_000_000_007
    for _ in 0..<1000 {
      guard let later = link.admit(bytes: 777, frames: 1, now: now) else { continue }
      #expect(later > now)
      // Moments are kept in parts of a nanosecond: the answer is rounded up.
      #expect(link.admit(bytes: 777, frames: 1, now: later - 2) != nil)
      #expect(link.admit(bytes: 777, frames: 1, now: later) == nil)
      now = later
    }
  }

  @Test func copiesOfALinkShareIt() {
    let link = LinkRate(BitRate(bitsPerSecond: 1_000_000_000), overhead: Bytes(0), burst: .milliseconds(10))
    defer { link.deallocate() }
    // At one moment four workers get together what one would get alone.
    let admitted = Atomic<Int>(0)
    onThreads(4) { _ in
      var frames = 0
      while link.admit(bytes: 125, frames: 1, now: 1_000_000_000) == nil { frames += 1 }
      admitted.add(frames, ordering: .relaxed)
    }
    #expect(admitted.load(ordering: .relaxed) == 10_001)
  }

  @Test func overheadCountsOnceAFrame() {
    let link = LinkRate(BitRate(bitsPerSecond: 8_000_000_000), overhead: Bytes(24), burst: Nanoseconds(0))
    defer { link.deallocate() }
    #expect(link.admit(bytes: 14_000, frames: 10, now: 1_000_000) == nil)
    #expect(link.admit(bytes: 60, frames: 1, now: 1_000_000) == 1_000_000 + 14_240 + 1)
  }

  @Test func aLinkWithoutALimitTakesEverything() {
    #expect(!LinkRate.unlimited.isLimited)
    #expect((0..<1000).allSatisfy { _ in LinkRate.unlimited.admit(bytes: .max, frames: 1, now: 0) == nil })
  }
}
