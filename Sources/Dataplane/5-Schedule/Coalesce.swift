import CMillraceABI
import Ports
import Rings
import Wire

/// Frames of one flow that were joined, or may be, in this pass. 40 bytes, trivial.
struct Run {
  /// The output queue that holds its first frame, where in it, and which state of the queue that is.
  var queue: UnsafeMutablePointer<OutputQueue>?
  var position = 0
  var epoch: UInt32 = 0
  /// Runs live for one pass, so that no frame waits for another.
  var pass: UInt32 = 0
  /// TCP: the sequence number of the next segment.
  var nextSequence: UInt32 = 0
  /// The chunk that holds the last part.
  var lastChunk: UInt32 = 0
  var segments: UInt16 = 1
  /// IPv4 identifications stay as they are, else they count on; known from the second segment on.
  var identificationStays = false
  /// The first frame's checksum was looked at.
  var isVerified = false
}

extension Worker {
  /// Runs that can be open at once; a flow whose place another takes is joined no further in this pass.
  static var runLimit: Int { 256 }
  /// The most parts a joined frame has: a super-frame of the least usual segment size.
  static var joinedParts: Int { 64 }
  /// A payload so short is copied behind the first one, and its chunk is free at once.
  private static var shortPayload: UInt32 { 256 }

  /// Segment coalescing (RSC): joins a frame to the one before it in its flow, when that waits in the same queue since
  /// this pass, as a super-frame that leaves whole; else queues it. False when the queue is full.
  @inline(never) mutating func coalesce(
    _ frame: UnsafeMutablePointer<Frame>, _ queue: UnsafeMutablePointer<OutputQueue>,
    _ entry: UnsafeMutablePointer<PortEntry>
  ) -> Bool {
    if frame.pointee.joining == .barrier {
      passNumber &+= 1
      return queue.pointee.append(frame, byteLimit: entry.pointee.byteLimit)
    }
    let start = UnsafeRawPointer(base + Int(frame.pointee.address))
    let run = runs + slot(frame.pointee, ports: start.big32(Int(frame.pointee.l4Offset)))
    let layout = joinLayout(frame.pointee, start, entry)
    if let layout, run.pointee.queue == queue, run.pointee.pass == passNumber,
      run.pointee.epoch == queue.pointee.epoch,
      join(frame, start, layout, run, queue, byteLimit: entry.pointee.byteLimit)
    {
      countJoined(run.pointee.segments, entry)
      return true
    }
    // A frame that is not joined ends its flow's run, whatever it is: nothing may overtake it.
    run.pointee.queue = nil
    guard queue.pointee.append(frame, byteLimit: entry.pointee.byteLimit) else { return false }
    if let layout, JoinRules.mayBegin(start, layout) { begin(run, layout, start, queue) }
    return true
  }

  /// Where the headers of a frame that may be joined lie; nil when it may not, or the output takes no super-frames.
  @inline(__always) private func joinLayout(
    _ frame: Frame, _ start: UnsafeRawPointer, _ entry: UnsafeMutablePointer<PortEntry>
  ) -> SegmentLayout? {
    let isTCP = frame.ipProtocol == IPProtocol.tcp
    guard !frame.isSuperFrame, entry.pointee.joinsSent,
      (entry.pointee.io + index).takesSuperFrames(isTCP: isTCP, isIPv6: frame.isIPv6)
    else { return nil }
    return JoinRules.layout(
      start, available: Int(frame.firstLength), length: Int(frame.length), l3Offset: Int(frame.l3Offset),
      l4Offset: Int(frame.l4Offset), isIPv6: frame.isIPv6, isTCP: isTCP)
  }

  /// Opens a run with the frame that was queued last.
  @inline(__always) private func begin(
    _ run: UnsafeMutablePointer<Run>, _ layout: SegmentLayout, _ start: UnsafeRawPointer,
    _ queue: UnsafeMutablePointer<OutputQueue>
  ) {
    let position = queue.pointee.tail &- 1
    let head = queue.pointee.frames + position
    head.pointee.l4HeaderLength = UInt8(truncatingIfNeeded: layout.l4HeaderLength)
    run.pointee = Run(
      queue: queue, position: position, epoch: queue.pointee.epoch, pass: passNumber,
      lastChunk: lastChunk(of: head.pointee))
    if layout.isTCP {
      let payload = head.pointee.length &- UInt32(layout.headerLength)
      run.pointee.nextSequence = start.big32(layout.l4Offset + 4) &+ payload
    }
  }

  @inline(__always) private func slot(_ frame: Frame, ports: UInt32) -> Int {
    let mixed = (ports ^ UInt32(truncatingIfNeeded: frame.source)) &* 0x9E37_79B1
    return Int(mixed >> 24)
  }

  /// Appends a frame's payload to the run's first frame, if the rules allow it; the frame is used up then.
  private mutating func join(
    _ frame: UnsafeMutablePointer<Frame>, _ start: UnsafeRawPointer, _ layout: SegmentLayout,
    _ run: UnsafeMutablePointer<Run>, _ queue: UnsafeMutablePointer<OutputQueue>, byteLimit: Int
  ) -> Bool {
    let head = queue.pointee.frames + run.pointee.position
    let first = base + Int(head.pointee.address)
    let header = UInt32(layout.headerLength)
    let payload = frame.pointee.length &- header
    let size = head.pointee.isSuperFrame ? UInt32(head.pointee.gsoSize) : head.pointee.length &- header
    guard head.pointee.input == frame.pointee.input, head.pointee.layout == layout, payload <= size,
      Int(head.pointee.length &+ payload) <= JoinRules.longestFrame,
      Int(head.pointee.parts) &+ Int(frame.pointee.parts) <= Self.joinedParts,
      queue.pointee.bytes &+ Int(payload) <= byteLimit,
      layout.isTCP
        ? start.big32(layout.l4Offset + 4) == run.pointee.nextSequence
        : Int(run.pointee.segments) < JoinRules.mostDatagrams,
      JoinRules.haveEqualHeaders(first, start, layout),
      identificationContinues(first, start, layout, run),
      checksumsAreRight(head, frame, layout, run)
    else { return false }

    if !head.pointee.isSuperFrame {
      head.pointee.gsoSize = UInt16(truncatingIfNeeded: size)
      head.pointee.isJoined = true
      head.pointee.flags |= UInt16(
        MR_META_CHECKSUM_KNOWN | MR_META_PARTIAL | (layout.isTCP ? MR_META_GSO_TCP : MR_META_GSO_UDP)
          | (run.pointee.identificationStays ? MR_META_GSO_FIXED_ID : 0))
      if layout.isTCP && UnsafeRawPointer(first).byte(layout.l4Offset + 13) & TCPFlag.cwr != 0 {
        head.pointee.flags |= UInt16(MR_META_GSO_ECN)
      }
      head.pointee.checksumStart = head.pointee.l4Offset
      head.pointee.checksumOffset = UInt16(layout.checksumOffset)
    }
    run.pointee.segments &+= 1
    run.pointee.nextSequence = run.pointee.nextSequence &+ payload
    head.pointee.gsoSegments = run.pointee.segments
    var ends = payload < size
    if layout.isTCP {
      let flags = start.byte(layout.l4Offset + 13) & (TCPFlag.fin | TCPFlag.psh)
      first.storeBytes(
        of: UnsafeRawPointer(first).byte(layout.l4Offset + 13) | flags, toByteOffset: layout.l4Offset + 13,
        as: UInt8.self)
      ends = ends || flags != 0
    }
    let parts = head.pointee.parts
    append(frame, payload: payload, header: header, to: head, run)
    queue.pointee.chunks &+= Int(head.pointee.parts &- parts)
    queue.pointee.bytes &+= Int(payload)
    if ends { run.pointee.queue = nil }
    return true
  }

  private func identificationContinues(
    _ first: UnsafeRawPointer, _ next: UnsafeRawPointer, _ layout: SegmentLayout, _ run: UnsafeMutablePointer<Run>
  ) -> Bool {
    let index = Int(run.pointee.segments)
    let stays = run.pointee.identificationStays
    if JoinRules.identificationContinues(first, next, layout, index: index, stays: stays) { return true }
    guard index == 1, JoinRules.identificationContinues(first, next, layout, index: 1, stays: true) else {
      return false
    }
    run.pointee.identificationStays = true
    return true
  }

  /// A frame that arrived wrong must leave wrong: only right ones are joined, whose checksum may be made anew.
  private func checksumsAreRight(
    _ head: UnsafeMutablePointer<Frame>, _ frame: UnsafeMutablePointer<Frame>, _ layout: SegmentLayout,
    _ run: UnsafeMutablePointer<Run>
  ) -> Bool {
    if !run.pointee.isVerified {
      guard isPartialOrRight(head, layout) else { return false }
      run.pointee.isVerified = true
    }
    return isPartialOrRight(frame, layout)
  }

  @inline(__always) private func isPartialOrRight(
    _ frame: UnsafeMutablePointer<Frame>, _ layout: SegmentLayout
  ) -> Bool {
    if frame.pointee.has(MR_META_PARTIAL) {
      // Behind the header of a tunnel it is another checksum, which joining would leave unfinished.
      return Int(frame.pointee.checksumStart) == layout.l4Offset
        && Int(frame.pointee.checksumOffset) == layout.checksumOffset
    }
    var sum = layout.pseudoHeaderSum(base + Int(frame.pointee.address), length: Int(frame.pointee.length))
    sum.add(
      UnsafeRawPointer(base + Int(frame.pointee.address) + layout.l4Offset),
      Int(frame.pointee.firstLength) - layout.l4Offset)
    var chunk = FrameArena.chunk(of: frame.pointee.address)
    for _ in 1..<max(1, Int(frame.pointee.parts)) {
      chunk = chunks.links[Int(chunk)].next
      let link = chunks.links[Int(chunk)]
      sum.add(UnsafeRawPointer(base + Int(link.address)), Int(link.length))
    }
    return sum.network == 0xFFFF
  }

  /// Makes the frame's payload the last part of `head`: by its chunks, or, if short, by a copy.
  private mutating func append(
    _ frame: UnsafeMutablePointer<Frame>, payload: UInt32, header: UInt32, to head: UnsafeMutablePointer<Frame>,
    _ run: UnsafeMutablePointer<Run>
  ) {
    let source = frame.pointee.address &+ UInt64(header)
    head.pointee.length &+= payload
    let room = FrameArena.chunkSize - Int(head.pointee.address & 0xFFF) - Int(head.pointee.firstLength)
    if payload <= Self.shortPayload, frame.pointee.parts == 1, head.pointee.parts == 1, Int(payload) <= room {
      (base + Int(head.pointee.address) + Int(head.pointee.firstLength))
        .copyMemory(from: base + Int(source), byteCount: Int(payload))
      head.pointee.firstLength &+= payload
      free(frame.pointee)
      return
    }
    let chunk = FrameArena.chunk(of: source)
    let next = frame.pointee.parts > 1 ? chunks.links[Int(chunk)].next : ChunkTable.none
    chunks.links[Int(run.pointee.lastChunk)].next = chunk
    chunks.links[Int(chunk)] = .init(address: source, length: frame.pointee.firstLength &- header, next: next)
    head.pointee.parts &+= frame.pointee.parts
    run.pointee.lastChunk = lastChunk(of: frame.pointee)
  }

  private func lastChunk(of frame: Frame) -> UInt32 {
    var chunk = FrameArena.chunk(of: frame.address)
    for _ in 1..<max(1, Int(frame.parts)) { chunk = chunks.links[Int(chunk)].next }
    return chunk
  }

  private func countJoined(_ segments: UInt16, _ entry: UnsafeMutablePointer<PortEntry>) {
    let counters = entry.pointee.counters
    if segments == 2 { counters.add(.joinedFrames, worker: index) }
    counters.add(.joinedSegments, worker: index, segments == 2 ? 2 : 1)
  }

  /// Gives a joined frame the headers of a super-frame. Once, when it leaves.
  @inline(never) mutating func finishJoined(_ frame: UnsafeMutablePointer<Frame>) {
    frame.pointee.layout.setLength(Int(frame.pointee.length), of: base + Int(frame.pointee.address))
    frame.pointee.isJoined = false
  }
}
