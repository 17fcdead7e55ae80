import CLinux

/// Where frames of one class of one port wait for one link: a leaf of the tree of shares. Trivial, never changes.
struct Leaf {
  /// Its node; -1: it shares with nobody.
  var node: Int32 = -1
  /// Nodes from the leaf up that share the sending port's maximum, not the link.
  var nodesBelowPort: Int32 = 0
  /// Indices among the limits; -1: none.
  var link: Int32 = -1
  var classMaximum: Int32 = -1
  var portMaximum: Int32 = -1
  var liveMigrationLimit: Int32 = -1
  /// Bytes the link adds to a frame.
  var overhead: Int32 = 0
  /// Bytes a worker takes at once, so that what workers share is touched seldom.
  var quantum: Int32 = 65536
  /// A super-frame that takes more is cut into its segments.
  var largest: UInt32 = .max
  /// Bytes that may wait at one worker, but for `leastFrames`.
  var byteLimit: Int32 = 0
  /// What a byte takes at the lowest rate on the way.
  var nanosecondsPerByte = 0.0
  /// The class, as figures are kept.
  var slot: Int32 = 0
  var isStrict = false

  /// So many of the largest frames may wait, however low the rate.
  private static var leastFrames: Int32 { 64 }

  /// Bytes that may wait at one worker where the largest frame has so many.
  @inline(__always) func limit(largestFrame: Int32) -> Int32 { max(byteLimit, largestFrame &* Self.leastFrames) }

  /// CoDel's target: 5 ms, or the time of a frame and a half if that is longer (RFC 8289, 4.4).
  @inline(__always) func target(largestFrame: Int32) -> UInt64 {
    max(5_000_000, UInt64(1.5 * Double(largestFrame) * nanosecondsPerByte))
  }
}

/// One worker's side of a leaf: what it has taken from the rates and not used yet, and the flows whose frames wait. A line of
/// the cache, all that a frame touches which does not wait.
struct LeafQueue {
  /// Bytes that may leave at once.
  var credit = 0
  /// What has left, as rates count it: without FCS and preamble, super-frames as the sum of their segments' frames.
  private(set) var sentFrames: UInt64 = 0
  private(set) var sentBytes: UInt64 = 0
  /// Nothing can be drawn before.
  var blockedUntil: UInt64 = 0
  /// What waits.
  var bytes: Int32 = 0
  var frames: Int32 = 0
  /// Chunks of the arena that those frames hold.
  var chunks: Int32 = 0
  /// Bytes of the largest frame that ever waited; of a super-frame, of its segments.
  var largestFrame: Int32 = 0
  /// Frames sent since the last draw, whose overhead the link is not charged with yet.
  var framesOwed: Int32 = 0
  /// Flows with frames, in the order they are served.
  var firstFlow: Int32 = -1
  var lastFlow: Int32 = -1
  /// Nodes from the leaf up at which this worker waits for a share.
  var waitingNodes: Int8 = 0
  /// Among the worker's leaves that hold frames.
  var isActive = false

  /// A frame waits no longer.
  @inline(__always) mutating func took(_ place: WaitingFrames.Place) {
    frames &-= 1
    bytes &-= place.cost
    chunks &-= Int32(place.frame.parts)
  }

  /// Charges a frame, or a super-frame of so many.
  @inline(__always) mutating func spend(_ cost: Int, frames: Int32) {
    credit &-= cost
    framesOwed &+= frames
    let (allFrames, allBytes) = (sentFrames &+ UInt64(frames), sentBytes &+ UInt64(cost))
    ml_store_relaxed_u64(&sentFrames, allFrames)
    ml_store_relaxed_u64(&sentBytes, allBytes)
  }
}
