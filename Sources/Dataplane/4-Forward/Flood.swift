import Ports
import Rings

extension Worker {
  /// Sends a frame to every port of its VLAN but the one it came from, and never from uplink to uplink. Each port
  /// but the last gets a copy of its own.
  @inline(never) mutating func flood(
    _ table: TableView, _ frame: UnsafeMutablePointer<Frame>, from entry: UnsafeMutablePointer<PortEntry>
  ) {
    if let bandwidth = entry.pointee.bandwidth, isStorm(frame, bandwidth) {
      drop(frame, .dropStorm, at: entry)
      return
    }
    var last: UInt16?
    for i in 0..<table.floodedCount {
      let port = table.flooded[i]
      if port == entry.pointee.bridgePort { continue }
      let target = table.ports + Int(port)
      if entry.pointee.isUplink && target.pointee.isUplink { continue }
      if target.vlan.departure(frame.pointee.vlan) == .refused { continue }
      if let previous = last { deliverCopy(of: frame.pointee, to: previous, table, entry) }
      last = port
    }
    if let last {
      deliver(frame, to: last, table.ports + Int(last), table)
    } else {
      refuse(frame, .dropNoOtherPort, at: entry)
    }
  }

  private mutating func deliverCopy(
    of frame: Frame, to port: UInt16, _ table: TableView, _ source: UnsafeMutablePointer<PortEntry>
  ) {
    guard var copy = copy(frame) else {
      source.pointee.counters.add(.dropNoFreeFrame, worker: index)
      return
    }
    deliver(&copy, to: port, table.ports + Int(port), table)
  }

  /// A frame of the same bytes in chunks of its own, or nil when there are not enough.
  mutating func copy(_ frame: Frame) -> Frame? {
    var copy = frame
    var source = FrameArena.chunk(of: frame.address)
    var previous = ChunkTable.none
    for part in 0..<Int(frame.parts) {
      let chunk = cache.take()
      guard chunk != ChunkTable.none else {
        if part > 0 {
          copy.parts = UInt8(part)
          free(copy)
        }
        return nil
      }
      if part == 0 {
        copy.address = UInt64(chunk) << 12 | frame.address & 0xFFF
        (base + Int(copy.address)).copyMemory(from: base + Int(frame.address), byteCount: Int(frame.firstLength))
      } else {
        let link = chunks.links[Int(source)]
        let address = UInt64(chunk) << 12 | link.address & 0xFFF
        (base + Int(address)).copyMemory(from: base + Int(link.address), byteCount: Int(link.length))
        chunks.links[Int(previous)].next = chunk
        chunks.links[Int(chunk)] = .init(address: address, length: link.length, next: ChunkTable.none)
      }
      previous = chunk
      if part + 1 < Int(frame.parts) { source = chunks.links[Int(source)].next }
    }
    return copy
  }
}
