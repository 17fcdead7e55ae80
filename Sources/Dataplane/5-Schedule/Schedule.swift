import Ports
import Rings

extension Worker {
  /// Sends a frame on to its port: at once, or when bandwidth management lets it; returns whether it was taken.
  @discardableResult @inline(__always) mutating func schedule(
    _ frame: UnsafeMutablePointer<Frame>, to port: UInt16, _ entry: UnsafeMutablePointer<PortEntry>
  ) -> Bool {
    guard let bandwidth = entry.pointee.bandwidth else { return enqueue(frame, to: port, entry) }
    return shape(frame, to: port, entry, bandwidth)
  }

  /// Puts a frame into the port's queue; it leaves when the link's rate and the device let it. A queue that is full
  /// drops the frame, counted; returns whether it took it.
  @discardableResult @inline(__always) mutating func enqueue(
    _ frame: UnsafeMutablePointer<Frame>, to port: UInt16, _ entry: UnsafeMutablePointer<PortEntry>
  ) -> Bool {
    let queue = entry.pointee.outputs + index
    guard queue.pointee.chunks <= queueShare, append(frame, queue, entry) else {
      refuse(frame, .dropQueueFull, at: entry)
      return false
    }
    if !queue.pointee.isListed {
      queue.pointee.isListed = true
      listed[listedCount] = port
      listedCount &+= 1
    }
    return true
  }

  /// Joins a frame to an earlier one, or puts it behind; false when the queue is full.
  @inline(__always) private mutating func append(
    _ frame: UnsafeMutablePointer<Frame>, _ queue: UnsafeMutablePointer<OutputQueue>,
    _ entry: UnsafeMutablePointer<PortEntry>
  ) -> Bool {
    frame.pointee.joining == .never
      ? queue.pointee.append(frame, byteLimit: entry.pointee.byteLimit) : coalesce(frame, queue, entry)
  }

  /// What one queue may hold of the arena: a part of what is free, so that queues whose devices take little leave
  /// something to all others (Choudhury and Hahne, "Dynamic queue length thresholds", 1998); a batch of frames of one
  /// chunk in any case.
  mutating func shareQueues() {
    queueShare = max(Self.batchLimit, (cache.pool.freeCount &+ cache.count) / 4)
  }

  /// How many frames at the head of a queue the link takes now. Notes when to ask again if not all.
  @inline(__always) mutating func release(
    _ queue: UnsafeMutablePointer<OutputQueue>, _ entry: UnsafeMutablePointer<PortEntry>, limit: Int
  ) -> Int {
    let available = min(queue.pointee.count, limit)
    guard entry.pointee.linkRate.isLimited else { return available }
    var n = queue.pointee.released
    while n < available {
      let frame = queue.pointee.frames + (queue.pointee.head &+ n)
      let segments = frame.pointee.isSuperFrame ? UInt32(frame.pointee.gsoSegments) : 1
      if let later = entry.pointee.linkRate.admit(bytes: frame.pointee.wireLength, frames: segments, now: now) {
        nextRelease = min(nextRelease, later)
        break
      }
      n &+= 1
    }
    // What was admitted stays admitted if the device does not take it in this pass.
    queue.pointee.released = n
    return n
  }
}
