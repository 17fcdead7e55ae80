import CMillraceABI
import Ports
import Wire

extension Worker {
  /// Counts the batch just received from a port by queue and entry, if control wants it.
  @inline(__always) mutating func countEntries(_ table: TableView, _ entry: UnsafeMutablePointer<PortEntry>) {
    if let entryCounters, count > 0, entryCounters.isCounting { countEntries(entryCounters, table, entry) }
  }

  @inline(never) private mutating func countEntries(
    _ counters: EntryCounters.View, _ table: TableView, _ entry: UnsafeMutablePointer<PortEntry>
  ) {
    let isHost = (entry.pointee.io + index).pointee.kind == .host
    for i in 0..<count {
      let steered = isHost ? steeredByTap(frames[i], table, entry) : steering(of: frames[i])
      counters.add(queue: steered.queue, entry: steered.entry, bytes: frames[i].length)
      if counters.watch.isAsked(queue: steered.queue, entry: steered.entry), let flow = flow(of: frames[i]) {
        counters.watch.vote(for: flow, queue: steered.queue, entry: steered.entry)
      }
    }
  }

  /// The flow of a frame that is not yet classified.
  private mutating func flow(of frame: Frame) -> FlowKey? {
    let headers = FrameHeaders(
      parsing: UnsafeRawPointer(base + Int(frame.address)), available: Int(frame.firstLength), total: Int(frame.length))
    var frame = frame
    frame.l2Length = UInt8(headers.l3Offset)
    frame.l4Offset = headers.l4Offset
    frame.ipProtocol = headers.ipProtocol
    let network = self.network(of: &frame, headers.flags)
    return network.isIP ? flowKey(of: &frame, headers.flags, network, isIn: false, port: 0) : nil
  }

  /// How a frame from a tap was steered, which comes without metadata: as its steering program finds them, the
  /// destination's queue taken from where the switch knows the address.
  private func steeredByTap(
    _ frame: Frame, _ table: TableView, _ entry: UnsafeMutablePointer<PortEntry>
  ) -> Steered {
    let start = UnsafeRawPointer(base + Int(frame.address))
    let headers = FrameHeaders(
      parsing: start, available: Int(frame.firstLength), total: Int(frame.length))
    var queue = entry.pointee.queue
    let vlan = entry.vlan.admit(tag: headers.isTagged ? headers.tci : nil) ?? 0
    if let output = table.fdb.port(of: headers.destination, vlan: vlan), Int(output) < table.portCount,
      table.isActive[Int(output)], table.ports[Int(output)].hasQueue
    {
      queue = table.ports[Int(output)].queue
    }
    var number = Move.home
    if headers.isHashable, let handOver {
      number = UInt8(truncatingIfNeeded: headers.flowHash(start, handOver.toeplitz) & 127)
    }
    return Steered(queue: queue, entry: number, arrangement: Steered.noArrangement)
  }
}
