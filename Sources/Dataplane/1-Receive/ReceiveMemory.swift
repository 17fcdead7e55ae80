import Ports

extension Worker {
  /// Takes a batch from a memory port; returns how many frames.
  mutating func receiveMemory(_ rings: UnsafeMutablePointer<MemoryRings>) -> Int {
    while count < Int(receiveLimit), let entry = rings.pointee.popReceived() {
      let frame = frames + count
      frame.pointee = Frame()
      frame.pointee.address = entry.address
      frame.pointee.length = entry.length
      frame.pointee.firstLength = entry.firstLength
      frame.pointee.parts = UInt8(truncatingIfNeeded: entry.segments)
      frame.pointee.hash = entry.hash
      frame.pointee.flags = entry.metadataFlags
      frame.pointee.vlanTCI = entry.vlanTCI
      frame.pointee.gsoSize = entry.gsoSize
      frame.pointee.checksumStart = entry.checksumStart
      frame.pointee.checksumOffset = entry.checksumOffset
      count &+= 1
    }
    return count
  }
}
