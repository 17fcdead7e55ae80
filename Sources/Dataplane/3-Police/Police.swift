import CMillraceABI
import Ports

extension Worker {
  /// Judges what a port's device sent by the port's `out` rules: what they deny is dropped, what passes is metered.
  /// A port without such rules costs one branch.
  @inline(__always) mutating func police(from port: UInt16, _ entry: UnsafeMutablePointer<PortEntry>) {
    if let rules = entry.pointee.rules.out { police(rules, entry) }
  }

  @inline(never) private mutating func police(
    _ rules: UnsafePointer<RuleSet>, _ entry: UnsafeMutablePointer<PortEntry>
  ) {
    var start = 0
    while start < count {
      let end = min(start &+ Self.lookGroup, count)
      // Frames that classification dropped are looked at too: they do no harm.
      if rules.pointee.judgesOneEnd {
        lookAtOneEnd(start..<end, rules)
      } else {
        for slot in start..<end { looks[slot].rules = rules }
        look(start..<end)
      }
      for slot in start..<end where frames[slot].state == .live {
        let judgement = judge(slot, rules)
        if judgement.drop == .none {
          if judgement.cell != 0 { count(tally(of: frames + slot), judgement.cell, rules) }
        } else {
          let frame = frames + slot
          note(frame, headerFlags[slot], judgement, rules)
          drop(frame, judgement.drop.counter, at: entry)
        }
      }
      start = end
    }
  }

  /// Counts a frame for a rule or meter.
  @inline(__always) mutating func count(_ tally: FrameTally, _ cell: UInt32, _ rules: UnsafePointer<RuleSet>) {
    rules.pointee.memory.cells.add(cell, worker: index, frames: tally.frames, bytes: tally.bytes)
  }

  @inline(__always) mutating func tally(of frame: UnsafePointer<Frame>) -> FrameTally {
    if !frame.pointee.isSuperFrame && !frame.pointee.has(MR_META_VLAN) {
      return FrameTally(frames: 1, bytes: UInt64(frame.pointee.length))
    }
    let segments = frame.pointee.isSuperFrame ? UInt64(max(1, frame.pointee.gsoSegments)) : 1
    let beside: UInt64 = frame.pointee.has(MR_META_VLAN) ? 4 : 0
    return FrameTally(frames: segments, bytes: UInt64(frame.pointee.wireLength) &+ segments &* beside)
  }

  /// Writes a frame that rules drop into the log.
  @inline(never) mutating func note(
    _ frame: UnsafePointer<Frame>, _ flags: UInt16, _ judgement: Judgement, _ rules: UnsafePointer<RuleSet>
  ) {
    let isIn = rules.pointee.isIn
    rules.pointee.memory.drops.write(
      .init(
        time: now, port: rules.pointee.port, reason: judgement.drop.counter, isIn: isIn, cell: judgement.cell,
        packet: packet(of: frame, flags, isIn: isIn), length: frame.pointee.length), worker: index)
  }
}
