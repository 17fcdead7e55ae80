import CMillraceABI
import Ports
import Wire

extension Worker {
  /// Counts the batch just received from a port by queue and entry, if control wants it.
  @inline(__always) mutating func countEntries(_ table: TableView, _ entry: UnsafeMutablePointer<PortEntry>) {
    if let entryCounters, count > 0, entryCounters.isCounting { countEntries(entryCounters, table, entry) }
  }

  @inline(never) private func countEntries(
    _ counters: EntryCounters.View, _ table: TableView, _ entry: UnsafeMutablePointer<PortEntry>
  ) {
    let isHost = (entry.pointee.io + index).pointee.kind == .host
    for i in 0..<count {
      let (queue, number) = isHost ? steeredQueueAndEntry(frames[i], table, entry) : steering(of: frames[i])
      counters.add(queue: queue, entry: number, bytes: frames[i].length)
    }
  }

  /// Queue and entry of a frame from a tap, which comes without metadata: as its steering program finds them, the
  /// destination's queue taken from where the switch knows the address.
  private func steeredQueueAndEntry(
    _ frame: Frame, _ table: TableView, _ entry: UnsafeMutablePointer<PortEntry>
  ) -> (queue: UInt16, entry: UInt8) {
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
    guard headers.isHashable, let handOver else { return (queue, Move.home) }
    return (queue, UInt8(truncatingIfNeeded: headers.flowHash(start, handOver.toeplitz) & 127))
  }
}
