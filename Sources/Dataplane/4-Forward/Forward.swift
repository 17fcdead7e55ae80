import CMillraceABI
import Ports

extension Worker {
  /// Frames between the fetch of FDB lines and their use: long enough for memory to answer, and few enough that the
  /// first-level cache still holds them.
  @inline(__always) private static var ahead: Int { 16 }

  /// Starts the fetch of a frame's FDB lines and keeps its addresses' hashes for the look-ups.
  @inline(__always) func prefetch(_ table: TableView, _ slot: Int) {
    let frame = frames + slot
    guard frame.pointee.state == .live else { return }
    let hashes = FDB.Hashes(
      source: FDB.hash(frame.pointee.source, vlan: frame.pointee.vlan),
      destination: FDB.hash(frame.pointee.destination, vlan: frame.pointee.vlan))
    table.fdb.prefetch(hashes.source)
    table.fdb.prefetch(hashes.destination)
    fdbHashes[slot & (FDB.Hashes.kept &- 1)] = hashes
  }

  /// Learns each frame's source and hands the frame to the port of its destination, or to every port of its VLAN.
  mutating func forward(_ table: TableView, from port: UInt16, _ entry: UnsafeMutablePointer<PortEntry>) {
    if table.watchesPorts {
      forwardWatched(table, entry)
      return
    }
    for i in 0..<min(count, Self.ahead) { prefetch(table, i) }
    for i in 0..<count {
      let frame = frames + i
      if i &+ Self.ahead < count { prefetch(table, i &+ Self.ahead) }
      if frame.pointee.state != .live { continue }
      if let team = entry.pointee.team, !admitFromMember(frame, team, entry, table) { continue }
      guard let output = output(of: i, table, entry) else {
        floodToAll(frame, table, entry)
        continue
      }
      leave(frame, by: output, table, entry)
    }
  }

  /// Learns a frame's source; the port of its destination, nil when every port of its VLAN is to have it.
  @inline(__always) mutating func output(
    of slot: Int, _ table: TableView, _ entry: UnsafeMutablePointer<PortEntry>
  ) -> UInt16? {
    let frame = frames + slot
    let hashes = fdbHashes[slot & (FDB.Hashes.kept &- 1)]
    let vlan = frame.pointee.vlan
    table.fdb.learn(
      frame.pointee.source, vlan: vlan, hashes.source, port: entry.pointee.bridgePort, second: second)
    guard !frame.pointee.isToGroup,
      let output = table.fdb.port(of: frame.pointee.destination, vlan: vlan, hashes.destination),
      Int(output) < table.portCount, table.isActive[Int(output)]
    else { return nil }
    return output
  }

  @inline(__always) mutating func floodToAll(
    _ frame: UnsafeMutablePointer<Frame>, _ table: TableView, _ entry: UnsafeMutablePointer<PortEntry>
  ) {
    if entry.pointee.hasQueue { entry.pointee.counters.add(.queueFrames, worker: index) }
    flood(table, frame, from: entry)
  }

  /// Hands a frame to the port of its destination. Transparent, as are `deliver`, `send` and `sendMetered`: the optimizer
  /// leaves so long callees out of line, `@inline(__always)` or not, which costs 2 ns a frame each.
  ///
  /// - Parameter expectsWatched: most frames here leave by ports that are watched; a literal.
  @_transparent mutating func leave(
    _ frame: UnsafeMutablePointer<Frame>, by output: UInt16, _ table: TableView,
    _ entry: UnsafeMutablePointer<PortEntry>, expectsWatched: Bool = false
  ) {
    let target = table.ports + Int(output)
    let owner = target.pointee.hasQueue ? target : entry
    if owner.pointee.hasQueue { owner.pointee.counters.add(.queueFrames, worker: index) }
    if output == entry.pointee.bridgePort {
      drop(frame, .dropNoOtherPort, at: entry)
    } else if entry.pointee.isUplink && target.pointee.isUplink {
      drop(frame, .dropBetweenUplinks, at: entry)
    } else {
      deliver(frame, to: output, target, table, expectsWatched: expectsWatched)
    }
  }

  /// Gives a frame to a port, or to a member when the port is a team.
  @_transparent mutating func deliver(
    _ frame: UnsafeMutablePointer<Frame>, to port: UInt16, _ entry: UnsafeMutablePointer<PortEntry>, _ table: TableView,
    expectsWatched: Bool = false
  ) {
    if let team = entry.pointee.team {
      sendByMember(frame, team, table)
    } else {
      send(frame, to: port, entry, table, expectsWatched: expectsWatched)
    }
  }

  /// Gives a frame to a port: if its rules let it, its tag as the port wants it, its length as the device takes it.
  @_transparent mutating func send(
    _ frame: UnsafeMutablePointer<Frame>, to port: UInt16, _ entry: UnsafeMutablePointer<PortEntry>, _ table: TableView,
    expectsWatched: Bool = false
  ) {
    if !expectsWatched {
      if entry.pointee.isWatched {
        sendWatched(frame, to: port, entry, table)
      } else if fit(frame, entry) {
        schedule(frame, to: port, entry)
      }
    } else if entry.pointee.mirroring == .source && !frame.pointee.isMirrored {
      sendMirrored(frame, to: port, entry, table)
    } else {
      var meter: UInt32 = 0
      if let rules = entry.pointee.rules.in, !admit(frame, rules, entry, meter: &meter) { return }
      sendMetered(frame, to: port, entry, meter)
    }
  }

  /// Out of line, where few frames need it.
  @inline(never) private mutating func sendWatched(
    _ frame: UnsafeMutablePointer<Frame>, to port: UInt16, _ entry: UnsafeMutablePointer<PortEntry>, _ table: TableView
  ) { send(frame, to: port, entry, table, expectsWatched: true) }

  /// To a port that is mirrored.
  @inline(never) private mutating func sendMirrored(
    _ frame: UnsafeMutablePointer<Frame>, to port: UInt16, _ entry: UnsafeMutablePointer<PortEntry>, _ table: TableView
  ) {
    var meter: UInt32 = 0
    if let rules = entry.pointee.rules.in, !admit(frame, rules, entry, meter: &meter) { return }
    let original = frame.pointee
    // Made before the frame is the queue's, where it may be joined to others.
    let copy = copy(original)
    if sendMetered(frame, to: port, entry, meter) {
      mirror(copy, of: original, by: port, table)
    } else if let copy {
      free(copy)
    }
  }

  /// Counts a frame at its meter, 0 being none, if it was taken; returns whether it was.
  @discardableResult @_transparent private mutating func sendMetered(
    _ frame: UnsafeMutablePointer<Frame>, to port: UInt16, _ entry: UnsafeMutablePointer<PortEntry>, _ meter: UInt32
  ) -> Bool {
    guard fit(frame, entry) else { return false }
    // By its own bytes: in the queue it may be joined to others.
    let tally = tally(of: frame)
    guard schedule(frame, to: port, entry) else { return false }
    if meter != 0, let rules = entry.pointee.rules.in { count(tally, meter, rules) }
    return true
  }

  /// Tags or untags a frame as the port wants it; false when the port does not take it: it is dropped then.
  @inline(__always) mutating func fit(
    _ frame: UnsafeMutablePointer<Frame>, _ entry: UnsafeMutablePointer<PortEntry>
  ) -> Bool {
    switch entry.vlan.departure(frame.pointee.vlan) {
    case .refused:
      refuse(frame, .dropVLAN, at: entry)
      return false
    case .untagged:
      if frame.pointee.isTagged || frame.pointee.has(MR_META_VLAN) {
        untag(&frame.pointee)
        // The tag behind one that named no VLAN would put it into another.
        if entry.vlan.pointee.isTrunk && frame.pointee.isTagged && frame.pointee.vlanTCI & 0xFFF == 0 {
          refuse(frame, .dropVLAN, at: entry)
          return false
        }
      }
    case .tagged: tag(&frame.pointee)
    }
    let longest =
      frame.pointee.isSuperFrame
      ? frame.pointee.headerLength &+ UInt32(frame.pointee.gsoSize) : frame.pointee.length
    let payload = longest &- UInt32(frame.pointee.l2Length) &+ 14
    if !(entry.pointee.io + index).takes(length: payload) {
      refuse(frame, .dropOversize, at: entry)
      return false
    }
    return true
  }

  /// Drops a frame at the port it should have left by.
  @inline(never) mutating func refuse(
    _ frame: UnsafeMutablePointer<Frame>, _ reason: Counter, at entry: UnsafeMutablePointer<PortEntry>
  ) {
    entry.pointee.counters.add(frame.pointee.isMirrorCopy ? .dropMirror : reason, worker: index)
    free(frame.pointee)
  }
}
