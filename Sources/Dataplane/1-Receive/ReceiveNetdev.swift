import CLinux
import CMillraceABI
import CXDP
import Rings

extension Worker {
  /// Takes a batch from an AF_XDP socket's RX ring into `frames`; returns how many frames.
  ///
  /// The XDP program left its metadata in front of each frame (millrace_abi.h). Frames longer than a chunk arrive as
  /// chains of descriptors; a batch ends where a frame ends.
  mutating func receiveNetdev(_ socket: UnsafeMutablePointer<XDPSocketState>) -> Int {
    var index: UInt32 = 0
    var n = xsk_ring_cons__peek(&socket.pointee.receive, receiveLimit, &index)
    if n == 0 { return 0 }
    var complete = n
    while complete > 0,
      descriptor(socket, index &+ complete &- 1).options & UInt32(ML_XDP_PKT_CONTD) != 0
    { complete &-= 1 }
    xsk_ring_cons__cancel(&socket.pointee.receive, n &- complete)
    n = complete
    if n == 0 { return 0 }

    var number: UInt32 = 0
    var i: UInt32 = 0
    while i < n {
      let first = descriptor(socket, index &+ i)
      if i &+ 4 < n { ml_prefetch(base + Int(descriptor(socket, index &+ i &+ 4).addr)) }
      let chunk = FrameArena.chunk(of: first.addr)
      chunks.owners[Int(chunk)] = ChunkTable.userSpace
      let frame = frames + count
      count &+= 1
      // SAFETY: the program writes its metadata into the headroom of every frame it redirects.
      let metadata = (base + Int(first.addr) - MemoryLayout<mr_frame_metadata>.size)
        .loadUnaligned(as: mr_frame_metadata.self)
      frame.pointee = Frame()
      frame.pointee.address = first.addr
      frame.pointee.length = first.len
      frame.pointee.firstLength = first.len
      frame.pointee.hash = metadata.hash
      frame.pointee.flags = metadata.flags
      frame.pointee.vlanTCI = metadata.vlanTCI
      frame.pointee.gsoSize = metadata.gsoSize
      frame.pointee.gsoSegments = metadata.gsoSegments
      frame.pointee.checksumStart = metadata.checksumStart
      frame.pointee.checksumOffset = metadata.checksumOffset
      number = metadata.number
      i &+= 1
      if first.options & UInt32(ML_XDP_PKT_CONTD) != 0 {
        i &+= receiveParts(socket, index &+ i, frame, after: chunk)
      }
    }
    socket.pointee.progress.taken &+= UInt32(truncatingIfNeeded: count)
    socket.pointee.progress.lastNumber = number
    xsk_ring_cons__release(&socket.pointee.receive, n)
    _ = ml_fetch_add_u32(DeviceQueueState.outstandingWord(of: socket.pointee.queue), 0 &- n)
    return count
  }

  /// Links the further descriptors of a chain; returns how many there were.
  private mutating func receiveParts(
    _ socket: UnsafeMutablePointer<XDPSocketState>, _ index: UInt32, _ frame: UnsafeMutablePointer<Frame>,
    after first: UInt32
  ) -> UInt32 {
    var previous = first
    var i: UInt32 = 0
    while true {
      let part = descriptor(socket, index &+ i)
      let chunk = FrameArena.chunk(of: part.addr)
      chunks.owners[Int(chunk)] = ChunkTable.userSpace
      chunks.links[Int(previous)].next = chunk
      chunks.links[Int(chunk)] = .init(address: part.addr, length: part.len, next: ChunkTable.none)
      frame.pointee.length &+= part.len
      frame.pointee.parts &+= 1
      previous = chunk
      i &+= 1
      if part.options & UInt32(ML_XDP_PKT_CONTD) == 0 { return i }
    }
  }

  @inline(__always) private func descriptor(_ socket: UnsafeMutablePointer<XDPSocketState>, _ index: UInt32) -> xdp_desc
  {
    xsk_ring_cons__rx_desc(&socket.pointee.receive, index).pointee
  }
}
