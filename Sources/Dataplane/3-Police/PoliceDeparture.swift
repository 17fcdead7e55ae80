import Ports
import Wire

/// Rules on what a port's device is sent (`in`): judged at each port of departure, once for every copy of a frame.
extension Worker {
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
