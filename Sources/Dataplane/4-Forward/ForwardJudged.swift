import CMillraceABI
import Ports

extension Worker {
  /// `forward` where some port has rules on what it is sent. A group of frames at a time is learned and finds its
  /// outputs, then the outputs' rules are asked for all of it, then it leaves: in the same order, and with the tables'
  /// memory on its way for many frames at once. Frames that leave otherwise, as floods do, are asked for one by one.
  @inline(never) mutating func forwardJudged(_ table: TableView, _ entry: UnsafeMutablePointer<PortEntry>) {
    var start = 0
    while start < count {
      let end = min(start &+ Self.lookGroup, count)
      for slot in start..<end { prefetch(table, slot) }
      for slot in start..<end { findOutput(slot, table, entry) }
      look(start..<end)
      for slot in start..<end where frames[slot].state == .live { leave(slot, table, entry) }
      start = end
    }
  }

  /// Learns a frame's source; notes the port of its destination and the rules to ask.
  @inline(__always) private mutating func findOutput(
    _ slot: Int, _ table: TableView, _ entry: UnsafeMutablePointer<PortEntry>
  ) {
    let frame = frames + slot
    outputs[slot] = Self.everyPort
    looks[slot].rules = nil
    if frame.pointee.state != .live { return }
    if let team = entry.pointee.team, !admitFromMember(frame, team, entry, table) { return }
    let hashes = fdbHashes[slot & (FDB.Hashes.kept &- 1)]
    let vlan = frame.pointee.vlan
    table.fdb.learn(frame.pointee.source, vlan: vlan, hashes.source, port: entry.pointee.bridgePort, second: second)
    guard frame.pointee.destination & (1 << 40) == 0,
      let output = table.fdb.port(of: frame.pointee.destination, vlan: vlan, hashes.destination),
      Int(output) < table.portCount, table.isActive[Int(output)]
    else { return }
    outputs[slot] = output
    looks[slot].rules = table.ports[Int(output)].rules.in
  }

  @inline(__always) private mutating func leave(
    _ slot: Int, _ table: TableView, _ entry: UnsafeMutablePointer<PortEntry>
  ) {
    let output = outputs[slot]
    guard output != Self.everyPort else {
      if entry.pointee.hasQueue { entry.pointee.counters.add(.queueFrames, worker: index) }
      flood(table, frames + slot, from: entry)
      return
    }
    let target = table.ports + Int(output)
    let owner = target.pointee.hasQueue ? target : entry
    if owner.pointee.hasQueue { owner.pointee.counters.add(.queueFrames, worker: index) }
    if output == entry.pointee.bridgePort {
      drop(frames + slot, .dropNoOtherPort, at: entry)
    } else if entry.pointee.isUplink && target.pointee.isUplink {
      drop(frames + slot, .dropBetweenUplinks, at: entry)
    } else {
      deliver(frames + slot, to: output, target, table)
    }
  }
}
