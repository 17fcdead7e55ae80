import Rings

/// How the arena's chunks are shared among the device queues, so that one slow worker's full ring starves nobody.
struct FrameBudget: Equatable {
  /// Chunks that one (netdev, queue) may hold, received frames that wait for a worker included.
  let outstandingLimit: UInt32

  /// Fewer would not hold one super-frame's chain of 18 and some more.
  static let leastPerQueue = 64

  /// nil when the arena is too small for so many queues.
  init?(chunks: Int, deviceQueues: Int) {
    // A quarter stays for frames on the road: copies, taps, transmissions under way.
    let each = chunks * 3 / 4 / max(1, deviceQueues)
    guard each >= Self.leastPerQueue else { return nil }
    outstandingLimit = UInt32(each)
  }
}
