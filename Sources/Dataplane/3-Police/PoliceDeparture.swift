import Ports
import Wire

/// Rules on what a port's device is sent (`in`): judged at each port of departure, once for every copy of a frame.
extension Worker {
  /// Fetches what the rules of the ports that this batch will leave by have to say, before the first frame leaves. A
  /// hint alone: where the guess of the port is wrong, or the frame is flooded, `admit` looks for itself.
  @inline(never) mutating func lookAhead(_ table: TableView) {
    var start = 0
    while start < count {
      let end = min(start &+ Self.lookGroup, count)
      for slot in start..<end {
        table.fdb.prefetch(FDB.hash(frames[slot].destination, vlan: frames[slot].vlan))
      }
      for slot in start..<end { looks[slot].rules = rulesOfOutput(slot, table) }
      look(start..<end)
      start = end
    }
  }

  /// The rules of the port that a frame will probably leave by.
  @inline(__always) private mutating func rulesOfOutput(_ slot: Int, _ table: TableView) -> UnsafePointer<RuleSet>? {
    let frame = frames + slot
    guard frame.pointee.state == .live, frame.pointee.destination & (1 << 40) == 0,
      let output = table.fdb.port(of: frame.pointee.destination, vlan: frame.pointee.vlan),
      Int(output) < table.portCount, table.isActive[Int(output)]
    else { return nil }
    return table.ports[Int(output)].rules.in
  }

  /// Whether a port's rules let a frame leave by it; else it is dropped and counted there. `meter` is then the cell that
  /// counts the frame once the output has accepted it.
  @inline(__always) mutating func admit(
    _ frame: UnsafeMutablePointer<Frame>, _ rules: UnsafePointer<RuleSet>, _ entry: UnsafeMutablePointer<PortEntry>,
    meter: inout UInt32
  ) -> Bool {
    var slot = frame - frames
    // A copy lies outside the batch.
    if slot < 0 || slot >= count || looks[slot].rules != rules { slot = look(at: frame, slot, rules) }
    let judgement = judge(slot, rules)
    // The next frame in this place is another.
    looks[slot].rules = nil
    if judgement.drop == .none {
      meter = judgement.cell
      return true
    }
    note(frame, headerFlags[slot], judgement, rules)
    refuse(frame, judgement.drop.counter, at: entry)
    return false
  }

  /// A whole look at once, for a frame of the batch or a copy of one. Returns its place.
  @inline(never) private mutating func look(
    at frame: UnsafeMutablePointer<Frame>, _ place: Int, _ rules: UnsafePointer<RuleSet>
  ) -> Int {
    var slot = place
    if slot < 0 || slot >= count {
      slot = Self.batchLimit
      frames[slot] = frame.pointee
    }
    headerFlags[slot] =
      FrameHeaders(
        parsing: base + Int(frame.pointee.address), available: Int(frame.pointee.firstLength),
        total: Int(frame.pointee.length)
      ).flags
    looks[slot].rules = rules
    look(slot..<slot &+ 1)
    return slot
  }
}
