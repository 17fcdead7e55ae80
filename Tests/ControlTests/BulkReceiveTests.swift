import Control
import Testing

@Suite struct BulkReceiveTests {
  /// What a second brought.
  private func after(_ seconds: [(frames: UInt64, mean: UInt64)]) -> Bool {
    var bulk = BulkReceive()
    var (frames, bytes) = (UInt64(0), UInt64(0))
    for second in seconds {
      frames += second.frames
      bytes += second.frames * second.mean
      bulk.observe(frames: frames, bytes: bytes)
    }
    return bulk.isBulk
  }

  @Test func superFramesInNumbersAreBulk() {
    #expect(after([(5000, 60_000)]))
    #expect(after([(100_000, 64), (5000, 60_000)]))
  }

  @Test func smallOrFewFramesAreNot() {
    #expect(!after([(100_000, 1514)]))
    #expect(!after([(500, 60_000)]))
  }

  /// A flow changes its CPU only while hardly a frame of it is under way.
  @Test func bulkLastsUntilThePortIsQuiet() {
    #expect(after([(5000, 60_000), (100_000, 64)]))
    #expect(!after([(5000, 60_000), (99, 60_000)]))
  }
}
