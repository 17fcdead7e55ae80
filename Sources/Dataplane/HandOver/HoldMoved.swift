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
      let steered =
        isHost
        ? Steered(
          queue: Steered.anyQueue, entry: steeredEntry(frame, handOver.toeplitz), arrangement: Steered.noArrangement)
        : steering(of: frame)
      guard let fence = fence(handOver, steered, port, socket) else {
        if kept != i { frames[kept] = frame }
        kept &+= 1
        continue
      }
      hold(frame, at: fence, entry)
    }
    count = kept
  }

  /// How a frame was steered, from the metadata in front of it.
  func steering(of frame: Frame) -> Steered {
    // SAFETY: a frame that was just received has its metadata in its headroom.
    let metadata = (base + Int(frame.address) - MemoryLayout<mr_frame_metadata>.size)
      .loadUnaligned(as: mr_frame_metadata.self)
    return Steered(
      queue: metadata.queue, entry: frame.has(MR_META_HASHED) ? UInt8(frame.hash & 127) : Move.home,
      arrangement: frame.has(MR_META_SECOND) ? 1 : 0)
  }

  /// The entry of a frame from a tap, which comes without metadata.
  private func steeredEntry(_ frame: Frame, _ table: ToeplitzView) -> UInt8 {
    let start = UnsafeRawPointer(base + Int(frame.address))
    let headers = FrameHeaders(parsing: start, available: Int(frame.firstLength), total: Int(frame.length))
    return headers.isHashable ? UInt8(headers.flowHash(start, table) & 127) : Move.home
  }

  /// The fence a frame must wait at, made if need be; nil when it may go on.
  private mutating func fence(
    _ handOver: HandOverView, _ steered: Steered, _ port: UInt16, _ socket: UInt8
  ) -> UnsafeMutablePointer<Fence>? {
    for i in 0..<fenceCount where fences[i].holds(steered, port: port, socket: socket) { return fences + i }
    guard let (place, move) = openMove(handOver, steered, port, socket) else { return nil }
    guard fenceCount < Fence.limit else {
      handOver.add(index, place: place, .expired, 1)
      return nil
    }
    let fence = fences + fenceCount
    fenceCount &+= 1
    handOver.add(index, place: place, .fences, 1)
    let isEvery = move.queue == Move.everyQueue
    fence.pointee = Fence(
      port: port, socket: socket, entry: isEvery ? move.entry : steered.entry,
      queue: isEvery ? Move.everyQueue : steered.queue, since: now)
    wait(at: &fence.pointee, for: move, place, handOver)
    return fence
  }

  /// Asks the worker that had the fence's frames before to catch up.
  func wait(at fence: inout Fence, for move: Move, _ place: Int, _ handOver: HandOverView) {
    fence.sequence = move.sequence
    fence.place = UInt8(truncatingIfNeeded: place)
    fence.from = move.from
    fence.isMade = handOver.load(index, place: place, .isMade) != 0
    fence.gaveUp = handOver.load(Int(move.from), .gaveUp)
    fence.request = handOver.request(from: Int(move.from))
  }

  /// A listed move of frames steered so that is not over for the stream.
  func openMove(
    _ handOver: HandOverView, _ steered: Steered, _ port: UInt16, _ socket: UInt8
  ) -> (place: Int, move: Move)? {
    for place in 0..<HandOverTable.moves {
      guard let move = Move(word: handOver.load(index, place: place, .move)) else { continue }
      if move.concerns(steered) && !passedFences.contains(move, steered, port: port, socket: socket) {
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
