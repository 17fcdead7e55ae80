import Control
import Testing

@Suite struct BulkReceiveTests {
  private typealias Second = (frames: UInt64, mean: UInt64, onWorkers: UInt64)

  private func after(_ seconds: [Second], superFrames: Bool) -> Bool {
    var bulk = BulkReceive()
    var now = BulkReceive.Received()
    for second in seconds {
      now.frames += second.frames
      now.bytes += second.frames * second.mean
      now.framesOnWorkers += second.onWorkers
      bulk.observe(now, superFrames: superFrames)
    }
    return bulk.isBulk
  }

  private func after(_ seconds: [(frames: UInt64, mean: UInt64)]) -> Bool {
    after(seconds.map { ($0.frames, $0.mean, 0) }, superFrames: true)
  }

  private func afterSingle(_ seconds: Second...) -> Bool { after(seconds, superFrames: false) }

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

  /// Another CPU takes single frames over only where a worker's CPU takes most of them in.
  @Test func fullFramesThatEnterOnWorkersAreBulk() {
    #expect(afterSingle((100_000, 1514, 60_000)))
    #expect(!afterSingle((100_000, 1514, 40_000)))
    #expect(!afterSingle((100_000, 1514, 60_000), (50, 1514, 50)))
  }

  @Test func smallOrFewSingleFramesAreNot() {
    #expect(!afterSingle((1_000_000, 64, 1_000_000)))
    #expect(!afterSingle((5000, 1514, 5000)))
  }

  /// NAPI threads take in everything from then on.
  @Test func singleFramesStayBulkOnOtherCPUs() {
    #expect(afterSingle((100_000, 1514, 60_000), (100_000, 1514, 0), (100_000, 64, 0)))
  }
}
