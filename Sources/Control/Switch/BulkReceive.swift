/// Whether a port hands over super-frames in bulk, judged once a second by its counters.
package struct BulkReceive {
  private var frames: UInt64 = 0
  private var bytes: UInt64 = 0
  package private(set) var isBulk = false

  package init() {}

  /// What the port received since it was made.
  package mutating func observe(frames: UInt64, bytes: UInt64) {
    let newFrames = frames &- self.frames
    let newBytes = bytes &- self.bytes
    (self.frames, self.bytes) = (frames, bytes)
    if newFrames >= 1000 && newBytes >= newFrames &* 8192 { isBulk = true }
    // Flows change their CPU with this: back only while hardly a frame is under way that another could pass.
    if newFrames < 100 { isBulk = false }
  }
}
