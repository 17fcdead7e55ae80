import Rings

/// The frames one worker holds for one port, in order, until the link and the device take them. Short and bounded in
/// bytes: what does not fit is a counted drop.
///
/// The memory is used from its start again whenever the queue runs empty, so that a queue that is never full stays in
/// the cache. It has twice the room it needs, so that a queue that never runs empty moves its frames down only once
/// for as many frames as it can hold.
public struct OutputQueue {
  public static let capacity = 2048

  let frames: UnsafeMutablePointer<Frame>
  var head = 0
  var tail = 0
  /// Bytes held, and chunks of the arena.
  var bytes = 0
  var chunks = 0
  /// Frames at the head that the link has admitted already.
  var released = 0
  /// The worker has listed this queue for transmission.
  var isListed = false
  /// Counts the times that frames were moved to other places.
  var epoch: UInt32 = 0
  /// Frames ever removed, and how many must be until all that waited at one moment have left.
  var removed: UInt64 = 0
  var mark: UInt64 = 0

  public init() { frames = .allocate(capacity: 2 * Self.capacity) }

  public func deallocate() { frames.deallocate() }

  public var count: Int { tail &- head }
  package var isEmpty: Bool { tail == head }

  /// Appends a frame; false when the queue is full: of frames, or of `byteLimit` bytes. One frame always fits.
  @inline(__always) package mutating func append(_ frame: UnsafePointer<Frame>, byteLimit: Int) -> Bool {
    if count == Self.capacity { return false }
    if tail == 2 * Self.capacity { moveDown() }
    guard bytes &+ Int(frame.pointee.length) <= byteLimit || isEmpty else { return false }
    (frames + tail).update(from: frame, count: 1)
    tail &+= 1
    bytes &+= Int(frame.pointee.length)
    chunks &+= Int(frame.pointee.parts)
    return true
  }

  @inline(never) private mutating func moveDown() {
    frames.update(from: frames + head, count: count)
    tail &-= head
    head = 0
    epoch &+= 1
  }

  /// The oldest frame; only when the queue is not empty.
  package var first: Frame { frames[head] }

  @inline(__always) package mutating func removeFirst() {
    bytes &-= Int(frames[head].length)
    chunks &-= Int(frames[head].parts)
    head &+= 1
    removed &+= 1
    if released > 0 { released &-= 1 }
    if head == tail {
      head = 0
      tail = 0
    }
  }

  /// Gives the frames of a port that went back to the pool; no worker may use the queue any more.
  public mutating func discard(into pool: FramePool) {
    while !isEmpty {
      var chunk = FrameArena.chunk(of: frames[head].address)
      for _ in 0..<frames[head].parts {
        let next = pool.table.links[Int(chunk)].next
        pool.give(&chunk, count: 1)
        chunk = next
      }
      removeFirst()
    }
    isListed = false
  }

  /// Chunks of the frames held: for the conservation of frames. Exact when the worker rests.
  public var heldChunks: Int { chunks }
}
