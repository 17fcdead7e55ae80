import CLinux
import CMillraceABI
import Glibc
import Ports
import Rings

extension Worker {
  /// Frames read from a tap in one pass.
  private static var tapBatch: Int { 64 }

  /// Reads a batch from this worker's queue of a host port; returns how many frames.
  ///
  /// The vnet header in front of each tells what the host's stack left undone: a partial checksum, segmentation.
  mutating func receiveHost(_ io: UnsafeMutablePointer<PortIO>, _ entry: UnsafeMutablePointer<PortEntry>) -> Int {
    while count < Self.tapBatch {
      // With no chunk left frames wait in the tap's queue, which counts what it cannot take.
      guard prepareTapBuffers() else { break }
      let n = readv(io.pointee.tap, tapBuffers.vectors, Int32(TapBuffers.parts + 1))
      let headerSize = MemoryLayout<ml_vnet_header>.size
      guard n >= headerSize else {
        io.pointee.emptied &+= 1
        break
      }
      takeTapFrame(length: n - headerSize, entry)
    }
    io.pointee.readFrames &+= UInt32(truncatingIfNeeded: count)
    return count
  }

  /// Makes every buffer of the next read point to a free chunk.
  private mutating func prepareTapBuffers() -> Bool {
    tapBuffers.vectors[0] = iovec(
      iov_base: tapBuffers.header, iov_len: MemoryLayout<ml_vnet_header>.size)
    for i in 0..<TapBuffers.parts {
      if tapBuffers.chunks[i] == ChunkTable.none {
        let chunk = cache.take()
        if chunk == ChunkTable.none { return false }
        tapBuffers.chunks[i] = chunk
      }
      tapBuffers.vectors[i + 1] = iovec(
        iov_base: base + Int(FrameArena.frameAddress(chunk: tapBuffers.chunks[i])), iov_len: FrameArena.partCapacity)
    }
    return true
  }

  private mutating func takeTapFrame(length: Int, _ entry: UnsafeMutablePointer<PortEntry>) {
    if length == 0 { return }
    let frame = frames + count
    frame.pointee = Frame()
    frame.pointee.address = FrameArena.frameAddress(chunk: tapBuffers.chunks[0])
    frame.pointee.length = UInt32(length)
    frame.pointee.firstLength = UInt32(min(length, FrameArena.partCapacity))
    var rest = length - Int(frame.pointee.firstLength)
    var previous = tapBuffers.chunks[0]
    tapBuffers.chunks[0] = ChunkTable.none
    var part = 1
    while rest > 0 {
      let chunk = tapBuffers.chunks[part]
      tapBuffers.chunks[part] = ChunkTable.none
      let size = min(rest, FrameArena.partCapacity)
      chunks.links[Int(previous)].next = chunk
      chunks.links[Int(chunk)] = .init(
        address: FrameArena.frameAddress(chunk: chunk), length: UInt32(size), next: ChunkTable.none)
      previous = chunk
      rest -= size
      part += 1
    }
    frame.pointee.parts = UInt8(part)
    apply(tapBuffers.header.pointee, to: frame)
    count &+= 1
  }

  private func apply(_ header: ml_vnet_header, to frame: UnsafeMutablePointer<Frame>) {
    frame.pointee.flags = UInt16(MR_META_CHECKSUM_KNOWN)
    if header.flags & UInt8(VIRTIO_NET_HDR_F_NEEDS_CSUM) != 0 {
      frame.pointee.flags |= UInt16(MR_META_PARTIAL)
      frame.pointee.checksumStart = header.csum_start
      frame.pointee.checksumOffset = header.csum_offset
    }
    let kind = Int32(header.gso_type) & ~VIRTIO_NET_HDR_GSO_ECN
    if kind == VIRTIO_NET_HDR_GSO_NONE { return }
    frame.pointee.gsoSize = header.gso_size
    switch kind {
    case VIRTIO_NET_HDR_GSO_TCPV4, VIRTIO_NET_HDR_GSO_TCPV6: frame.pointee.flags |= UInt16(MR_META_GSO_TCP)
    case Int32(ML_VIRTIO_NET_HDR_GSO_UDP_L4): frame.pointee.flags |= UInt16(MR_META_GSO_UDP)
    default: frame.pointee.flags |= UInt16(MR_META_GSO_OTHER)
    }
    if Int32(header.gso_type) & VIRTIO_NET_HDR_GSO_ECN != 0 { frame.pointee.flags |= UInt16(MR_META_GSO_ECN) }
  }
}
