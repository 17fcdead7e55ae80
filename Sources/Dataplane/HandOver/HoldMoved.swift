import CMillraceABI
import Ports
import Wire

extension Worker {
  /// Takes frames out of the batch that must not yet go on: their entry was just moved here, and the worker that had it
  /// before may still have earlier frames. Called after a batch is received.
  @inline(__always) mutating func holdMoved(
    from port: UInt16, socket: Int, _ entry: UnsafeMutablePointer<PortEntry>
  ) {
    guard let handOver, count > 0, fenceCount > 0 || handOver.load(index, .incoming) > 0 else { return }
    holdMoved(handOver, from: port, socket: UInt8(truncatingIfNeeded: socket), entry)
  }

  @inline(never) private mutating func holdMoved(
    _ handOver: HandOverView, from port: UInt16, socket: UInt8, _ entry: UnsafeMutablePointer<PortEntry>
  ) {
    let isHost = (entry.pointee.io + index).pointee.kind == .host
    var kept = 0
    for i in 0..<count {
      let frame = frames[i]
      let (queue, number) = isHost ? (Fence.anyQueue, steeredEntry(frame, handOver.toeplitz)) : steering(of: frame)
      guard let fence = fence(handOver, queue, number, port, socket) else {
        if kept != i { frames[kept] = frame }
        kept &+= 1
        continue
      }
      hold(frame, at: fence, entry)
    }
    count = kept
  }

  /// The queue and the entry a frame took, from the metadata in front of it.
  func steering(of frame: Frame) -> (queue: UInt16, entry: UInt8) {
    // SAFETY: a frame that was just received has its metadata in its headroom.
    let metadata = (base + Int(frame.address) - MemoryLayout<mr_frame_metadata>.size)
      .loadUnaligned(as: mr_frame_metadata.self)
    return (metadata.queue, frame.has(MR_META_HASHED) ? UInt8(frame.hash & 127) : Move.home)
  }

  /// The entry of a frame from a tap, which comes without metadata.
  private func steeredEntry(_ frame: Frame, _ table: ToeplitzView) -> UInt8 {
    let start = UnsafeRawPointer(base + Int(frame.address))
    let headers = FrameHeaders(parsing: start, available: Int(frame.firstLength), total: Int(frame.length))
    return headers.isHashable ? UInt8(headers.flowHash(start, table) & 127) : Move.home
  }

  /// The fence a frame must wait at, made if need be; nil when it may go on.
  private mutating func fence(
    _ handOver: HandOverView, _ queue: UInt16, _ entry: UInt8, _ port: UInt16, _ socket: UInt8
  ) -> UnsafeMutablePointer<Fence>? {
    for i in 0..<fenceCount {
      let fence = fences + i
      if fence.pointee.entry == entry && fence.pointee.queue == queue && fence.pointee.port == port
        && fence.pointee.socket == socket
      {
        return fence
      }
    }
    guard let (place, move) = openMove(handOver, queue, entry, port, socket) else { return nil }
    guard fenceCount < Fence.limit else {
      handOver.add(index, place: place, .expired, 1)
      return nil
    }
    let fence = fences + fenceCount
    fenceCount &+= 1
    let gaveUp = handOver.load(Int(move.from), .gaveUp)
    handOver.add(index, place: place, .fences, 1)
    fence.pointee = Fence(
      port: port, socket: socket, entry: entry, queue: queue, sequence: move.sequence,
      place: UInt8(truncatingIfNeeded: place), from: move.from, request: handOver.request(from: Int(move.from)),
      gaveUp: gaveUp, since: now)
    return fence
  }

  /// A listed move of the entry that is not over for the stream.
  func openMove(
    _ handOver: HandOverView, _ queue: UInt16, _ entry: UInt8, _ port: UInt16, _ socket: UInt8
  ) -> (place: Int, move: Move)? {
    for place in 0..<HandOverTable.moves {
      guard let move = Move(word: handOver.load(index, place: place, .move)) else { continue }
      if (move.entry == entry || move.entry == Move.wholeQueue)
        && (move.queue == queue || queue == Fence.anyQueue)
        && !passedFences.contains(move, entry: entry, port: port, socket: socket)
      {
        return (place, move)
      }
    }
    return nil
  }

  private mutating func hold(
    _ frame: Frame, at fence: UnsafeMutablePointer<Fence>, _ entry: UnsafeMutablePointer<PortEntry>
  ) {
    let place = held.store(frame)
    guard place != HeldFrames.none else {
      entry.pointee.counters.add(.dropMove, worker: index)
      free(frame)
      return
    }
    if fence.pointee.last == HeldFrames.none {
      fence.pointee.first = place
    } else {
      held.places[Int(fence.pointee.last)].next = place
    }
    fence.pointee.last = place
    fence.pointee.count &+= 1
  }
}
