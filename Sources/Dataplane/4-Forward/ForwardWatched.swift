import CMillraceABI
import Ports

extension Worker {
  /// `forward` where some port is mirrored or has rules on what it is sent. A group of frames at a time is learned and
  /// finds its outputs, then the outputs' rules are asked for all of it, then it leaves: in the same order, and with the
  /// tables' memory on its way for many frames at once. Frames that leave otherwise, as floods do, are asked for one by
  /// one.
  @inline(never) mutating func forwardWatched(_ table: TableView, _ entry: UnsafeMutablePointer<PortEntry>) {
    var start = 0
    while start < count {
      let end = min(start &+ Self.lookGroup, count)
      for slot in start..<end { prefetch(table, slot) }
      for slot in start..<end { findOutput(slot, table, entry) }
      look(start..<end)
      for slot in start..<end where frames[slot].state == .live {
        let (frame, output) = (frames + slot, outputs[slot])
        if output == Self.everyPort {
          // Destinations of mirroring are among them.
          if table.destinationCount > 0 { frame.pointee.isMirrored = true }
          floodToAll(frame, table, entry)
        } else {
          if entry.pointee.mirroring == .source { mirrorSent(frame, by: output, table) }
          leave(frame, by: output, table, entry, expectsWatched: true)
        }
      }
      start = end
    }
  }

  /// Notes the port of a frame's destination and the rules to ask.
  @inline(__always) private mutating func findOutput(
    _ slot: Int, _ table: TableView, _ entry: UnsafeMutablePointer<PortEntry>
  ) {
    looks[slot].rules = nil
    if frames[slot].state != .live { return }
    if let team = entry.pointee.team, !admitFromMember(frames + slot, team, entry, table) { return }
    outputs[slot] = output(of: slot, table, entry) ?? Self.everyPort
    if outputs[slot] != Self.everyPort { looks[slot].rules = table.ports[Int(outputs[slot])].rules.in }
  }

  /// Every port of the frame's VLAN.
  private static var everyPort: UInt16 { .max }
}
