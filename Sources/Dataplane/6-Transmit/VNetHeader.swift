import CLinux
import CMillraceABI
import Ports
import Rings
import Wire

extension Worker {
  /// Describes a frame in message `slot`: its vnet header (virtio specification 5.1.6) and where its parts are.
  /// Returns the number of buffers.
  mutating func describe(_ frame: UnsafeMutablePointer<Frame>, inMessage slot: Int) -> Int {
    let header = messages.headers + slot
    header.pointee = vnetHeader(frame.pointee)
    let vectors = messages.vectors + slot * MessageBuffers.parts
    vectors[0] = iovec(iov_base: header, iov_len: MemoryLayout<ml_vnet_header>.size)
    vectors[1] = iovec(iov_base: base + Int(frame.pointee.address), iov_len: Int(frame.pointee.firstLength))
    var chunk = FrameArena.chunk(of: frame.pointee.address)
    for part in 1..<max(1, Int(frame.pointee.parts)) {
      chunk = chunks.links[Int(chunk)].next
      let link = chunks.links[Int(chunk)]
      vectors[part + 1] = iovec(iov_base: base + Int(link.address), iov_len: Int(link.length))
    }
    return Int(frame.pointee.parts) + 1
  }

  private func vnetHeader(_ frame: Frame) -> ml_vnet_header {
    var header = ml_vnet_header()
    guard frame.has(MR_META_PARTIAL) else { return header }
    header.flags = UInt8(VIRTIO_NET_HDR_F_NEEDS_CSUM)
    header.csum_start = frame.checksumStart
    header.csum_offset = frame.checksumOffset
    guard frame.isSuperFrame else { return header }
    header.gso_size = frame.gsoSize
    header.hdr_len = UInt16(truncatingIfNeeded: frame.headerLength)
    if frame.has(MR_META_GSO_UDP) {
      header.gso_type = UInt8(ML_VIRTIO_NET_HDR_GSO_UDP_L4)
    } else {
      header.gso_type = UInt8(frame.isIPv6 ? VIRTIO_NET_HDR_GSO_TCPV6 : VIRTIO_NET_HDR_GSO_TCPV4)
      if frame.has(MR_META_GSO_ECN) { header.gso_type |= UInt8(VIRTIO_NET_HDR_GSO_ECN) }
    }
    return header
  }

  /// Finishes a partial checksum in place, for an output that cannot express it.
  @inline(never) mutating func completeChecksum(_ frame: UnsafeMutablePointer<Frame>) {
    let start = Int(frame.pointee.checksumStart)
    let headers = FrameHeaders(
      parsing: base + Int(frame.pointee.address), available: Int(frame.pointee.firstLength),
      total: Int(frame.pointee.length))
    // Padding behind the IP packet is not part of the sum.
    let end = headers.ipLength > 0 ? Int(headers.l3Offset) + Int(headers.ipLength) : Int(frame.pointee.length)
    let segments = messages.segments
    segments[0] = FrameSegment(base + Int(frame.pointee.address), Int(frame.pointee.firstLength))
    var chunk = FrameArena.chunk(of: frame.pointee.address)
    for part in 1..<max(1, Int(frame.pointee.parts)) {
      chunk = chunks.links[Int(chunk)].next
      let link = chunks.links[Int(chunk)]
      segments[part] = FrameSegment(base + Int(link.address), Int(link.length))
    }
    PartialChecksum.complete(
      UnsafeBufferPointer(start: segments, count: max(1, Int(frame.pointee.parts))), start: start,
      offset: Int(frame.pointee.checksumOffset), end: end)
    frame.pointee.flags &= ~UInt16(MR_META_PARTIAL)
  }
}
