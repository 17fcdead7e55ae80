/// Whether a port receives in bulk what CPUs without workers had better take in, judged once a second by its counters.
package struct BulkReceive {
  /// What a port received since it was made.
  package struct Received {
    package var frames: UInt64
    package var bytes: UInt64
    /// Those of the frames that entered on a worker's CPU.
    package var framesOnWorkers: UInt64

    package init(frames: UInt64 = 0, bytes: UInt64 = 0, framesOnWorkers: UInt64 = 0) {
      (self.frames, self.bytes, self.framesOnWorkers) = (frames, bytes, framesOnWorkers)
    }
  }

  private var received = Received()
  package private(set) var isBulk = false

  package init() {}

  /// - Parameter superFrames: whether the port takes those whole.
  package mutating func observe(_ now: Received, superFrames: Bool) {
    let frames = now.frames &- received.frames
    let bytes = now.bytes &- received.bytes
    let framesOnWorkers = now.framesOnWorkers &- received.framesOnWorkers
    received = now
    if superFrames {
      if frames >= 1000 && bytes >= frames &* 8192 { isBulk = true }
    } else if frames >= 20_000 && bytes >= frames &* 1024 && framesOnWorkers >= frames / 2 {
      isBulk = true
    }
    // Flows change their CPU with this: back only while hardly a frame is under way that another could pass.
    if frames < 100 { isBulk = false }
  }
}
