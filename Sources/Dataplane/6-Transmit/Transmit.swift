import Ports
import Rings

extension Worker {
  /// Frames of one queue sent between two looks at the others.
  private static var burst: Int { 256 }

  /// Sends what the output queues hold, as far as links and devices take it; returns the frames sent.
  mutating func transmit(_ table: TableView) -> Int {
    var sent = 0
    var kept = 0
    for i in 0..<listedCount {
      let port = listed[i]
      let entry = table.ports + Int(port)
      // A port that went: control has taken its queue's frames back.
      guard Int(port) < table.portCount, table.isActive[Int(port)] else { continue }
      let queue = entry.pointee.outputs + index
      sent &+= drain(queue, entry)
      if queue.pointee.isEmpty && !(entry.pointee.io + index).mustKick {
        queue.pointee.isListed = false
      } else {
        listed[kept] = port
        kept &+= 1
      }
    }
    listedCount = kept
    return sent
  }

  private mutating func drain(
    _ queue: UnsafeMutablePointer<OutputQueue>, _ entry: UnsafeMutablePointer<PortEntry>
  ) -> Int {
    let io = entry.pointee.io + index
    if io.pointee.isCompleting && catchUp.pauses {
      isBlocked = true
      return 0
    }
    if io.pointee.kind == .netdev, !resume(queue, io, entry) { return 0 }
    var sent = 0
    while !queue.pointee.isEmpty {
      let n = release(queue, entry, limit: Self.burst)
      if n == 0 { break }
      let taken: Int
      switch io.pointee.kind {
      case .netdev: taken = transmitNetdev(queue, n, io, entry)
      case .host: taken = transmitHost(queue, n, io, entry)
      case .memory: taken = transmitMemory(queue, n, io, entry)
      }
      sent &+= taken
      if taken == 0 {
        isBlocked = true
        break
      }
    }
    return sent
  }

  /// Has the kernel go on with what it left on the TX ring. False when nothing can be sent: the device is down, and what
  /// waits for it is dropped.
  private mutating func resume(
    _ queue: UnsafeMutablePointer<OutputQueue>, _ io: UnsafeMutablePointer<PortIO>,
    _ entry: UnsafeMutablePointer<PortEntry>
  ) -> Bool {
    let socket = io.pointee.transmitSocket.unsafelyUnwrapped
    guard socket.pointee.needsKick, !socket.pointee.mayBeAsked(at: now) || !kick(socket) else { return true }
    if socket.pointee.isDown {
      while !queue.pointee.isEmpty { _ = dropHead(queue, .dropDevice, entry) }
      return false
    }
    if queue.pointee.isEmpty { isBlocked = true }
    return true
  }

  /// Counts a frame that the device took.
  @inline(__always) func countTransmitted(_ frame: Frame, _ entry: UnsafeMutablePointer<PortEntry>) {
    let counters = entry.pointee.counters
    counters.add(.transmittedFrames, worker: index)
    counters.add(.transmittedBytes, worker: index, UInt64(frame.wireLength))
    if frame.isSuperFrame { counters.add(.superFramesTransmitted, worker: index) }
  }

  /// Drops the frame at the head of a queue; returns 1, the frame that is done with.
  mutating func dropHead(
    _ queue: UnsafeMutablePointer<OutputQueue>, _ reason: Counter, _ entry: UnsafeMutablePointer<PortEntry>
  ) -> Int {
    var frame = queue.pointee.frames[queue.pointee.head]
    queue.pointee.removeFirst()
    refuse(&frame, reason, at: entry)
    return 1
  }
}
