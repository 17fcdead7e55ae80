import Ports
import Rings

extension Worker {
  /// Sends waiting frames for which there is credit now. Called once a pass, before outputs are transmitted.
  @inline(__always) mutating func releaseWaiting(_ table: TableView) {
    if waiting.activeCount > 0, let view = bandwidth { releaseWaiting(table, view) }
  }

  @inline(never) private mutating func releaseWaiting(_ table: TableView, _ view: UnsafeMutablePointer<BandwidthView>) {
    waiting.turn &+= 1
    let start = waiting.turn % waiting.activeCount
    var isProgressing = true
    while isProgressing {
      isProgressing = false
      for i in 0..<waiting.activeCount {
        let leaf = waiting.active[(start &+ i) % waiting.activeCount]
        if serve(leaf, table, view) { isProgressing = true }
      }
    }
    forgetEmptyLeaves(view)
  }

  /// Sends what a leaf's credit allows, one quantum at most; false when nothing left.
  private mutating func serve(
    _ leaf: Int32, _ table: TableView, _ view: UnsafeMutablePointer<BandwidthView>
  ) -> Bool {
    let at = view.pointee.leaves + Int(leaf)
    let queue = queue(of: leaf, view)
    var left = Int(at.pointee.quantum)
    var hasSent = false
    var firstPassedOver = WaitingFrames.none
    var isToppedUp = false
    while queue.pointee.frames > 0 && left > 0 {
      let flow = nextFlow(of: queue, &isToppedUp)
      let place = waiting.first(of: flow)
      let cost = Int(place.pointee.cost)
      if queue.pointee.credit < cost {
        guard now >= queue.pointee.blockedUntil, draw(cost, at, queue, view) else {
          nextRelease = min(nextRelease, queue.pointee.blockedUntil)
          break
        }
      }
      let entry = table.ports + Int(place.pointee.output)
      if isStaged(entry) {
        // The device takes no more: what is drawn stays drawn. A leaf of no link has flows to other devices, too.
        isBlocked = true
        if at.pointee.link >= 0 || flow == firstPassedOver && !isToppedUp { break }
        if firstPassedOver == WaitingFrames.none || flow == firstPassedOver {
          (firstPassedOver, isToppedUp) = (flow, false)
        }
        passOver(queue)
        continue
      }
      let verdict = manage(flow, place, at, largestFrame: queue.pointee.largestFrame)
      var taken = waiting.removeFirst(of: flow)
      queue.pointee.took(taken)
      if verdict == .drop {
        view.pointee.count(.managedDrops, slot: at.pointee.slot, worker: index)
        refuse(&taken.frame, .dropAQM, at: entry)
        continue
      }
      if verdict == .mark { view.pointee.count(.marks, slot: at.pointee.slot, worker: index) }
      waiting.flows[Int(flow)].deficit &-= taken.cost
      left &-= cost
      hasSent = true
      view.pointee.count(
        .delays, slot: at.pointee.slot, worker: index, bucket: ClassFigures.bucket(of: now &- taken.since))
      queue.pointee.spend(cost, frames: Int32(max(1, taken.frame.gsoSegments)))
      enqueue(&taken.frame, to: taken.output, entry)
    }
    return hasSent
  }

  private enum Verdict { case pass, mark, drop }

  private func manage(
    _ flow: Int32, _ place: UnsafeMutablePointer<WaitingFrames.Place>, _ leaf: UnsafeMutablePointer<Leaf>,
    largestFrame: Int32
  ) -> Verdict {
    let at = waiting.flows + Int(flow)
    let drops = at.pointee.codel.drops(
      delay: now &- place.pointee.since, isLast: at.pointee.bytes <= max(largestFrame, place.pointee.cost),
      now: now, target: leaf.pointee.target(largestFrame: largestFrame))
    if !drops { return .pass }
    return place.pointee.frame.markCongestion(base + Int(place.pointee.frame.address)) ? .mark : .drop
  }

  /// The flow whose turn it is (deficit round robin). The leaf must have frames.
  ///
  /// - Parameter isToppedUp: set when a flow on the way there was given its next turn.
  private func nextFlow(of queue: UnsafeMutablePointer<LeafQueue>, _ isToppedUp: inout Bool) -> Int32 {
    while true {
      let flow = queue.pointee.firstFlow
      let at = waiting.flows + Int(flow)
      let isEmpty = at.pointee.first == WaitingFrames.none
      if !isEmpty && at.pointee.deficit > 0 { return flow }
      if isEmpty {
        unlistFirst(of: queue)
      } else {
        passOver(queue)
        at.pointee.deficit &+= Self.turnBytes
        isToppedUp = true
      }
    }
  }

  /// Makes the flow whose turn it is the last, with what is left of its turn.
  private func passOver(_ queue: UnsafeMutablePointer<LeafQueue>) {
    let flow = queue.pointee.firstFlow
    let deficit = waiting.flows[Int(flow)].deficit
    unlistFirst(of: queue)
    list(flow, queue)
    waiting.flows[Int(flow)].deficit = deficit
  }

  private func unlistFirst(of queue: UnsafeMutablePointer<LeafQueue>) {
    let at = waiting.flows + Int(queue.pointee.firstFlow)
    queue.pointee.firstFlow = at.pointee.next
    if queue.pointee.firstFlow == WaitingFrames.none { queue.pointee.lastFlow = WaitingFrames.none }
    at.pointee.isListed = false
  }

  /// Enough is in the port's output queue already: the device is slower than the rates.
  private func isStaged(_ entry: UnsafeMutablePointer<PortEntry>) -> Bool {
    let output = entry.pointee.outputs + index
    return output.pointee.count >= 512 || output.pointee.bytes > 128 << 10 || output.pointee.chunks > queueShare
  }

  private mutating func forgetEmptyLeaves(_ view: UnsafeMutablePointer<BandwidthView>) {
    var kept = 0
    for i in 0..<waiting.activeCount {
      let leaf = waiting.active[i]
      let queue = queue(of: leaf, view)
      if queue.pointee.frames > 0 {
        waiting.active[kept] = leaf
        kept &+= 1
        continue
      }
      queue.pointee.isActive = false
      wait(view.pointee.leaves + Int(leaf), queue, view, atNodes: 0)
      unlistFlows(of: queue)
    }
    waiting.activeCount = kept
  }

  private func unlistFlows(of queue: UnsafeMutablePointer<LeafQueue>) {
    var flow = queue.pointee.firstFlow
    while flow != WaitingFrames.none {
      waiting.flows[Int(flow)].isListed = false
      flow = waiting.flows[Int(flow)].next
    }
    queue.pointee.firstFlow = WaitingFrames.none
    queue.pointee.lastFlow = WaitingFrames.none
  }
}
