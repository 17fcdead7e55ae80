import Ports
import Rings

extension Worker {
  /// Takes a table into use: a new one, before the old one is given up. Frames that wait under the bandwidth management
  /// of the one before go over to the new one's in their order; only those for a port that went are dropped.
  public mutating func adopt(_ table: ForwardingTable, after old: ForwardingTable?) {
    adopt(TableView(table), after: old.map(TableView.init))
  }

  mutating func adopt(_ table: TableView, after old: TableView?) {
    // Ahead of everything that goes through the outputs there are.
    forgetUnlisted(table, after: old)
    adoptBandwidth(of: table, after: old)
  }

  private mutating func adoptBandwidth(of table: TableView, after before: TableView?) {
    if table.bandwidth == bandwidth { return }
    // Nothing that is queued now joins what the last pass has queued, and maybe sent.
    passNumber &+= 1
    var moved = WaitingFrames()
    swap(&moved, &waiting)
    let old = bandwidth
    bandwidth = table.bandwidth
    if bandwidth != nil { waiting.allocate() }
    let isAwaited = moved.marked > 0
    if let old, moved.count > 0 {
      for i in 0..<moved.activeCount {
        var flow = (old.pointee.queues + (index &* old.pointee.leafCount &+ Int(moved.active[i]))).pointee.firstFlow
        while flow != WaitingFrames.none {
          while moved.flows[Int(flow)].first != WaitingFrames.none {
            var place = moved.removeFirst(of: flow)
            carryOver(&place, table, after: before)
          }
          flow = moved.flows[Int(flow)].next
        }
      }
    }
    // A request to catch up waits for some of them, wherever they are now.
    if isAwaited { markOutputs(table) }
    moved.deallocate()
  }

  private mutating func carryOver(
    _ place: inout WaitingFrames.Place, _ table: TableView, after before: TableView?
  ) {
    guard Int(place.output) < table.portCount, table.isActive[Int(place.output)] else {
      dropWithPort(&place.frame, place.output, before)
      return
    }
    let entry = table.ports + Int(place.output)
    // Its sender may be gone: then nothing holds it back any more.
    guard let bandwidth, Int(place.frame.input) < table.portCount, table.isActive[Int(place.frame.input)] else {
      enqueue(&place.frame, to: place.output, entry)
      return
    }
    holdAgain(&place, entry, bandwidth)
  }
}

extension Worker {
  /// Drops a frame whose port is in no table any more, counted there while its counters are.
  mutating func dropWithPort(_ frame: UnsafeMutablePointer<Frame>, _ port: UInt16, _ before: TableView?) {
    guard let before, Int(port) < before.portCount, before.isActive[Int(port)] else { return free(frame.pointee) }
    refuse(frame, .dropDevice, at: before.ports + Int(port))
  }

  /// Gives all frames that wait for a rate back.
  mutating func forgetWaiting() {
    guard waiting.count > 0 else { return }
    for flow in 0..<Int32(WaitingFrames.flowLimit) {
      while waiting.flows[Int(flow)].first != WaitingFrames.none { free(waiting.removeFirst(of: flow).frame) }
    }
    waiting.activeCount = 0
  }
}
