import CMillraceABI
import Ports

extension Worker {
  /// Hands frames at the head of a queue to a memory port, their chunks with them; returns how many were taken.
  mutating func transmitMemory(
    _ queue: UnsafeMutablePointer<OutputQueue>, _ n: Int, _ io: UnsafeMutablePointer<PortIO>,
    _ entry: UnsafeMutablePointer<PortEntry>
  ) -> Int {
    let rings = io.pointee.memory.unsafelyUnwrapped
    var taken = 0
    while taken < n {
      let frame = queue.pointee.frames + queue.pointee.head
      if frame.pointee.isJoined { finishJoined(frame) }
      if frame.pointee.isSuperFrame && !io.takesSuperFrames(frame.pointee) {
        guard transmitSegments(queue, rings, entry) else { break }
        taken &+= 1
        continue
      }
      if frame.pointee.has(MR_META_PARTIAL) && !frame.pointee.isSuperFrame { completeChecksum(frame) }
      let accepted = rings.pointee.pushTransmitted(
        .init(
          address: frame.pointee.address, length: frame.pointee.length, firstLength: frame.pointee.firstLength,
          segments: UInt32(frame.pointee.parts), metadataFlags: frame.pointee.flags, gsoSize: frame.pointee.gsoSize))
      if !accepted { break }
      countTransmitted(frame.pointee, entry)
      queue.pointee.removeFirst()
      taken &+= 1
    }
    return taken
  }

  /// Hands over the segments of the super-frame at the head of a queue, all or none; false when there is no room.
  private mutating func transmitSegments(
    _ queue: UnsafeMutablePointer<OutputQueue>, _ rings: UnsafeMutablePointer<MemoryRings>,
    _ entry: UnsafeMutablePointer<PortEntry>
  ) -> Bool {
    var cutter = SegmentCutter(queue.pointee.first)
    let most = cutter.count * cutter.chunksPerSegment
    guard rings.pointee.transmitRoom >= cutter.count else { return false }
    guard most <= Int(MemoryRings.capacity), reserveChunks(most) else {
      _ = dropHead(queue, .dropNoFreeFrame, entry)
      return true
    }
    while !cutter.isAtEnd {
      var segment = cut(&cutter)
      completeChecksum(&segment)
      _ = rings.pointee.pushTransmitted(
        .init(
          address: segment.address, length: segment.length, firstLength: segment.firstLength,
          segments: UInt32(segment.parts), metadataFlags: segment.flags))
      countTransmitted(segment, entry)
    }
    queue.pointee.removeFirst()
    free(cutter.whole)
    return true
  }
}
