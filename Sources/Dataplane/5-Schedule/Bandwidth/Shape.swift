import Ports
import Rings
import Wire

/// Bandwidth management on a frame's road: between forwarding and the output queue.
extension Worker {
  /// Finds a frame's class, marks it, and sends it on if its leaf has credit; else it waits in its flow. False when it was
  /// dropped.
  @inline(never) mutating func shape(
    _ frame: UnsafeMutablePointer<Frame>, to port: UInt16, _ entry: UnsafeMutablePointer<PortEntry>,
    _ view: UnsafeMutablePointer<BandwidthView>
  ) -> Bool {
    let leaf = classifyForLeaf(frame, to: port, view)
    let at = view.pointee.leaves + Int(leaf)
    if frame.pointee.isSuperFrame && frame.pointee.wireLength > at.pointee.largest {
      return shapeSegments(frame, leaf, to: port, entry, view)
    }
    return shape(frame, leaf, to: port, entry, view)
  }

  @inline(__always) private mutating func shape(
    _ frame: UnsafeMutablePointer<Frame>, _ leaf: Int32, to port: UInt16, _ entry: UnsafeMutablePointer<PortEntry>,
    _ view: UnsafeMutablePointer<BandwidthView>
  ) -> Bool {
    let at = view.pointee.leaves + Int(leaf)
    let queue = queue(of: leaf, view)
    let cost = Int(frame.pointee.wireLength)
    if queue.pointee.frames == 0,
      queue.pointee.credit >= cost || (now >= queue.pointee.blockedUntil && draw(cost, at, queue, view))
    {
      queue.pointee.spend(cost, frames: Int32(max(1, frame.pointee.gsoSegments)))
      return enqueue(frame, to: port, entry)
    }
    return hold(frame, cost, leaf, to: port, entry, view)
  }

  @inline(__always) func queue(
    of leaf: Int32, _ view: UnsafeMutablePointer<BandwidthView>
  ) -> UnsafeMutablePointer<LeafQueue> {
    view.pointee.queues + (index &* view.pointee.leafCount &+ Int(leaf))
  }

  /// The leaf of a frame: by the port it came from, its class there, the port it leaves by, and its priority. A copy for a
  /// destination of mirroring counts as that port's own, so that no sender pays for it.
  @inline(__always) private func classifyForLeaf(
    _ frame: UnsafeMutablePointer<Frame>, to port: UInt16, _ view: UnsafeMutablePointer<BandwidthView>
  ) -> Int32 {
    let input = view.pointee.inputs + Int(frame.pointee.isMirrorCopy ? port : frame.pointee.input)
    let output = view.pointee.outputs + Int(port)
    let start = base + Int(frame.pointee.address)
    var priority = input.pointee.trustsPriority ? UInt8(frame.pointee.vlanTCI >> 13) : 0
    let found = input.pointee.classes.find(
      frame, UnsafeRawPointer(start), priority: Int(priority), isInward: input.pointee.isUplink)
    let mark = input.pointee.marks[found]
    if mark.dscp != 255 { frame.pointee.setDscp(mark.dscp, start) }
    if mark.priority != 255 { priority = mark.priority }
    if frame.pointee.isTagged && (mark.priority != 255 || !input.pointee.trustsPriority) {
      let tci = UnsafeRawPointer(start).big16(14)
      start.setBig16(tci & 0x1FFF | UInt16(priority) << 13, 14)
    }
    let slot = input.pointee.firstSlot &+ Int32(found)
    let group = Int32(output.pointee.groups >> (4 &* UInt32(priority)) & 15)
    return output.pointee.firstLeaf &+ group &* Int32(view.pointee.slotCount) &+ slot
  }

  /// Cuts a super-frame that is long for its rate into segments, each on its own. False when none was taken.
  @inline(never) private mutating func shapeSegments(
    _ frame: UnsafeMutablePointer<Frame>, _ leaf: Int32, to port: UInt16, _ entry: UnsafeMutablePointer<PortEntry>,
    _ view: UnsafeMutablePointer<BandwidthView>
  ) -> Bool {
    var cutter = SegmentCutter(frame.pointee)
    let most = cutter.count * cutter.chunksPerSegment
    guard reserveChunks(most) else {
      refuse(frame, most > FrameCache.capacity ? .dropUnsupportedSegmentation : .dropNoFreeFrame, at: entry)
      return false
    }
    var isTaken = false
    while !cutter.isAtEnd {
      var segment = cut(&cutter)
      if shape(&segment, leaf, to: port, entry, view) { isTaken = true }
    }
    free(cutter.whole)
    return isTaken
  }

  /// Puts a frame behind the others of its flow; when too much waits, the flow that holds most loses its oldest. False when
  /// the frame found no place.
  @discardableResult mutating func hold(
    _ frame: UnsafeMutablePointer<Frame>, _ cost: Int, _ leaf: Int32, to port: UInt16,
    _ entry: UnsafeMutablePointer<PortEntry>, _ view: UnsafeMutablePointer<BandwidthView>, since: UInt64? = nil
  ) -> Bool {
    let at = view.pointee.leaves + Int(leaf)
    let queue = queue(of: leaf, view)
    let flow = waiting.flow(leaf, frame.pointee.flowKey(UnsafeRawPointer(base + Int(frame.pointee.address))))
    guard flow != WaitingFrames.none, !waiting.isFull else {
      view.pointee.count(.fullDrops, slot: at.pointee.slot, worker: index)
      refuse(frame, .dropQueueFull, at: entry)
      // Nothing of the leaf waits: then others need not wait for it either.
      if queue.pointee.frames == 0 { wait(at, queue, view, atNodes: 0) }
      return false
    }
    waiting.append(frame.pointee, cost: Int32(cost), output: port, since: since ?? now, to: flow)
    queue.pointee.frames &+= 1
    queue.pointee.bytes &+= Int32(cost)
    queue.pointee.chunks &+= Int32(frame.pointee.parts)
    queue.pointee.largestFrame = max(
      queue.pointee.largestFrame, Int32(cost) / Int32(max(1, frame.pointee.gsoSegments)))
    list(flow, queue)
    if !queue.pointee.isActive {
      queue.pointee.isActive = true
      waiting.active[waiting.activeCount] = leaf
      waiting.activeCount &+= 1
    }
    if queue.pointee.bytes > at.pointee.limit(largestFrame: queue.pointee.largestFrame) {
      dropFromLongest(longestFlow(of: queue), view, entry - Int(port))
    } else if waiting.chunks > view.pointee.heldChunks {
      dropFromLongest(longestFlow(of: largestQueue(view)), view, entry - Int(port))
    }
    return true
  }

  /// Lets a frame that waited before wait on, under another plan.
  mutating func holdAgain(
    _ place: inout WaitingFrames.Place, _ entry: UnsafeMutablePointer<PortEntry>,
    _ view: UnsafeMutablePointer<BandwidthView>
  ) {
    let leaf = classifyForLeaf(&place.frame, to: place.output, view)
    hold(&place.frame, Int(place.cost), leaf, to: place.output, entry, view, since: place.since)
  }

  /// Makes a flow the last of its leaf's turn.
  func list(_ flow: Int32, _ queue: UnsafeMutablePointer<LeafQueue>) {
    let at = waiting.flows + Int(flow)
    if at.pointee.isListed { return }
    at.pointee.isListed = true
    at.pointee.deficit = Self.turnBytes
    at.pointee.next = WaitingFrames.none
    if queue.pointee.lastFlow == WaitingFrames.none {
      queue.pointee.firstFlow = flow
    } else {
      waiting.flows[Int(queue.pointee.lastFlow)].next = flow
    }
    queue.pointee.lastFlow = flow
  }

  /// What a flow sends before it is the next one's turn: two frames.
  static var turnBytes: Int32 { 3028 }

  private func longestFlow(of queue: UnsafeMutablePointer<LeafQueue>) -> Int32 {
    var longest = queue.pointee.firstFlow
    var flow = longest
    while flow != WaitingFrames.none {
      if waiting.flows[Int(flow)].bytes > waiting.flows[Int(longest)].bytes { longest = flow }
      flow = waiting.flows[Int(flow)].next
    }
    return longest
  }

  /// The leaf that holds most of what there is too little of. One at least is active.
  private func largestQueue(_ view: UnsafeMutablePointer<BandwidthView>) -> UnsafeMutablePointer<LeafQueue> {
    var largest = queue(of: waiting.active[0], view)
    for i in 0..<waiting.activeCount {
      let queue = queue(of: waiting.active[i], view)
      if queue.pointee.chunks > largest.pointee.chunks { largest = queue }
    }
    return largest
  }

  /// Drops the older half of a flow, 32 frames at most, so that the search for it pays; of a leaf whose longest flow has but
  /// one frame, up to a thirty-second of its frames. Each frame counts at the port it waits for, which need not be
  /// that of the frame that made it too much.
  private mutating func dropFromLongest(
    _ flow: Int32, _ view: UnsafeMutablePointer<BandwidthView>, _ ports: UnsafeMutablePointer<PortEntry>
  ) {
    let half = waiting.flows[Int(flow)].bytes / 2
    let leaf = waiting.flows[Int(flow)].leaf
    let queue = queue(of: leaf, view)
    let isShort = waiting.flows[Int(flow)].first == waiting.flows[Int(flow)].last
    let most = isShort ? min(32, max(1, queue.pointee.frames / 32)) : 32
    var dropped: Int32 = 0
    var bytes: Int32 = 0
    var flow = flow
    repeat {
      var place = waiting.removeFirst(of: flow)
      queue.pointee.took(place)
      bytes &+= place.cost
      dropped &+= 1
      refuse(&place.frame, .dropQueueFull, at: ports + Int(place.output))
      while flow != WaitingFrames.none && waiting.flows[Int(flow)].first == WaitingFrames.none {
        flow = waiting.flows[Int(flow)].next
      }
    } while flow != WaitingFrames.none && dropped < most && (isShort || bytes < half)
    view.pointee.count(
      .fullDrops, slot: view.pointee.leaves[Int(leaf)].slot, worker: index, Int(dropped))
  }
}
