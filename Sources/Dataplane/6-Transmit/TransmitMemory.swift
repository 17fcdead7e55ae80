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
}
