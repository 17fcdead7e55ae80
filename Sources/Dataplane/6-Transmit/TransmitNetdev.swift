import CLinux
import CMillraceABI
import CXDP
import Glibc
import Ports
import Rings
import Wire

extension Worker {
  /// Sends frames at the head of a queue to a network device; returns how many were taken.
  ///
  /// Two roads lead out: the AF_XDP TX ring for ordinary frames and for the segments of super-frames that the device
  /// does not take, a packet socket with a vnet header for super-frames that it does. A road is only changed when the
  /// other has nothing left under way, or leads to the same queue of the device, so that no frame overtakes another.
  mutating func transmitNetdev(
    _ queue: UnsafeMutablePointer<OutputQueue>, _ n: Int, _ io: UnsafeMutablePointer<PortIO>,
    _ entry: UnsafeMutablePointer<PortEntry>
  ) -> Int {
    let socket = io.pointee.transmitSocket.unsafelyUnwrapped
    var taken = 0
    while taken < n {
      let before = taken
      let head = queue.pointee.frames + queue.pointee.head
      if io.pointee.roadsWait, io.pointee.packetHasSent,
        !(head.pointee.isSuperFrame && io.takesSuperFrames(head.pointee))
      {
        guard ml_socket_unsent(io.pointee.packetSocket) <= 0 else {
          isBlocked = true
          break
        }
        io.pointee.packetHasSent = false
      }
      if !head.pointee.isSuperFrame {
        taken &+= transmitToRing(queue, n &- taken, socket, entry)
      } else if io.takesSuperFrames(head.pointee) {
        guard kick(socket), !io.pointee.roadsWait || socket.hasLeft() else {
          isBlocked = true
          break
        }
        let result = transmitSuperFrames(queue, n &- taken, io, entry)
        taken &+= result.taken
        if result.isRefused {
          if io.pointee.roadsWait, ml_socket_unsent(io.pointee.packetSocket) > 0 {
            isBlocked = true
            break
          }
          taken &+= transmitSegments(queue, socket, entry)
        }
      } else {
        taken &+= transmitSegments(queue, socket, entry)
      }
      if taken == before { break }
    }
    if !kick(socket) { isBlocked = true }
    return taken
  }

  /// Puts ordinary frames on the TX ring, up to the next super-frame; returns how many.
  private mutating func transmitToRing(
    _ queue: UnsafeMutablePointer<OutputQueue>, _ n: Int, _ socket: UnsafeMutablePointer<XDPSocketState>,
    _ entry: UnsafeMutablePointer<PortEntry>
  ) -> Int {
    var sent = 0
    var descriptors: UInt32 = 0
    while sent < n {
      let frame = queue.pointee.frames + queue.pointee.head
      if frame.pointee.isSuperFrame { break }
      let parts = UInt32(frame.pointee.parts)
      var slot: UInt32 = 0
      guard xsk_ring_prod__reserve(&socket.pointee.transmit, parts, &slot) == parts else { break }
      describe(frame, on: socket, slot)
      descriptors &+= parts
      countTransmitted(frame.pointee, entry)
      queue.pointee.removeFirst()
      sent &+= 1
    }
    submit(descriptors, on: socket)
    return sent
  }

  /// Puts the segments of the super-frame at the head of a queue on the TX ring, all of them or none; returns how many
  /// super-frames were taken: 1 or 0.
  private mutating func transmitSegments(
    _ queue: UnsafeMutablePointer<OutputQueue>, _ socket: UnsafeMutablePointer<XDPSocketState>,
    _ entry: UnsafeMutablePointer<PortEntry>
  ) -> Int {
    let head = queue.pointee.frames + queue.pointee.head
    if head.pointee.isJoined { finishJoined(head) }
    var cutter = SegmentCutter(head.pointee)
    let most = cutter.count * cutter.chunksPerSegment
    guard most <= min(Int(socket.pointee.transmit.size), FrameCache.capacity) else {
      return dropHead(queue, .dropUnsupportedSegmentation, entry)
    }
    guard xsk_prod_nb_free(&socket.pointee.transmit, UInt32(most)) >= UInt32(most) else { return 0 }
    guard reserveChunks(most) else { return dropHead(queue, .dropNoFreeFrame, entry) }
    while !cutter.isAtEnd {
      var segment = cut(&cutter)
      var slot: UInt32 = 0
      _ = xsk_ring_prod__reserve(&socket.pointee.transmit, UInt32(segment.parts), &slot)
      describe(&segment, on: socket, slot)
      submit(UInt32(segment.parts), on: socket)
      countTransmitted(segment, entry)
    }
    queue.pointee.removeFirst()
    free(cutter.whole)
    return 1
  }

  @inline(__always) private func submit(_ descriptors: UInt32, on socket: UnsafeMutablePointer<XDPSocketState>) {
    if descriptors == 0 { return }
    xsk_ring_prod__submit(&socket.pointee.transmit, descriptors)
    socket.pointee.needsKick = true
  }

  /// Writes a frame's descriptors, from `slot` on.
  @inline(__always) private mutating func describe(
    _ frame: UnsafeMutablePointer<Frame>, on socket: UnsafeMutablePointer<XDPSocketState>, _ slot: UInt32
  ) {
    let parts = UInt32(frame.pointee.parts)
    let owner = socket.pointee.queue.pointee.owner
    var options = parts > 1 ? UInt32(ML_XDP_PKT_CONTD) : 0
    if frame.pointee.has(MR_META_PARTIAL) {
      if socket.pointee.queue.pointee.hasTransmitMetadata {
        options |= UInt32(ML_XDP_TX_METADATA)
        writeTransmitMetadata(frame)
      } else {
        completeChecksum(frame)
      }
    }
    let first = FrameArena.chunk(of: frame.pointee.address)
    chunks.owners[Int(first)] = owner
    xsk_ring_prod__tx_desc(&socket.pointee.transmit, slot).pointee = xdp_desc(
      addr: frame.pointee.address, len: frame.pointee.firstLength, options: options)
    if parts > 1 { describeParts(after: first, parts, socket, slot, owner) }
  }

  private func describeParts(
    after first: UInt32, _ parts: UInt32, _ socket: UnsafeMutablePointer<XDPSocketState>, _ slot: UInt32,
    _ owner: UInt16
  ) {
    var chunk = chunks.links[Int(first)].next
    for i in 1..<parts {
      let link = chunks.links[Int(chunk)]
      chunks.owners[Int(chunk)] = owner
      xsk_ring_prod__tx_desc(&socket.pointee.transmit, slot &+ i).pointee = xdp_desc(
        addr: link.address, len: link.length, options: i &+ 1 < parts ? UInt32(ML_XDP_PKT_CONTD) : 0)
      chunk = link.next
    }
  }

  /// Asks the kernel to finish the checksum, or to pass it on unfinished: the metadata ends where the frame begins.
  @inline(__always) private func writeTransmitMetadata(_ frame: UnsafeMutablePointer<Frame>) {
    let metadata = ml_tx_metadata(
      flags: UInt64(ML_XDP_TXMD_FLAGS_CHECKSUM), csum_start: frame.pointee.checksumStart,
      csum_offset: frame.pointee.checksumOffset, reserved: 0)
    // SAFETY: a frame on the road has 252 bytes of headroom or more (a pushed tag takes 4 of 256).
    (base + Int(frame.pointee.address) - MemoryLayout<ml_tx_metadata>.size)
      .storeBytes(of: metadata, as: ml_tx_metadata.self)
  }

  /// Makes the kernel send what is on the ring; true when it has taken all of it.
  func kick(_ socket: UnsafeMutablePointer<XDPSocketState>) -> Bool {
    guard socket.pointee.needsKick else { return true }
    socket.pointee.hasSent = true
    let produced = socket.pointee.transmit.cached_prod
    var blindCalls = socket.pointee.blindCalls
    while true {
      let before = ml_load_acquire_u32(socket.pointee.transmit.consumer)
      if before == produced { break }
      // Zero-copy drivers take the ring in their own time.
      if xsk_ring_prod__needs_wakeup(&socket.pointee.transmit) == 0 { return false }
      let result = sendto(socket.pointee.fd, nil, 0, Int32(MSG_DONTWAIT), nil, 0)
      let error = result < 0 ? errno : 0
      let after = ml_load_acquire_u32(socket.pointee.transmit.consumer)
      if after == produced { break }
      if after != before {
        socket.pointee.took()
        if result == 0 { return false }
      } else if error == EAGAIN && blindCalls > 0 && socket.pointee.refusesSince == 0 {
        blindCalls &-= 1
      } else {
        // Copy mode stops at a full device.
        socket.pointee.refused(error, at: now)
        return false
      }
    }
    socket.pointee.needsKick = false
    socket.pointee.took()
    return true
  }
}

extension UnsafeMutablePointer<PortIO> {
  /// The kernel has left something on the TX ring.
  @inline(__always) var mustKick: Bool {
    pointee.kind == .netdev && pointee.transmitSocket.unsafelyUnwrapped.pointee.needsKick
  }

  @inline(__always) func takesSuperFrames(_ frame: Frame) -> Bool {
    takesSuperFrames(isTCP: frame.ipProtocol == IPProtocol.tcp, isIPv6: frame.isIPv6)
  }
}
