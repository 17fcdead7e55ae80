import Ports

/// Port mirroring. A source port's frame is copied once to each destination port of its VLAN, also when it goes from one
/// source to another. Neither the port it came from nor one that it leaves by itself is given a copy: so a flood, which
/// reaches every destination, needs none.
///
/// A copy is judged and metered by no rules: the frame itself was.
extension Worker {
  /// Copies what a source port's device has sent and rules have let pass, before it leaves by `output`.
  @inline(never) mutating func mirrorSent(
    _ frame: UnsafeMutablePointer<Frame>, by output: UInt16, _ table: TableView
  ) {
    frame.pointee.isMirrored = true
    mirror(copy(frame.pointee), of: frame.pointee, by: output, table)
  }

  /// Gives each destination a copy of a frame: the last one `copy`, the others copies of that. Without one, each counts a
  /// drop.
  mutating func mirror(_ copy: Frame?, of frame: Frame, by output: UInt16, _ table: TableView) {
    var last: UInt16?
    for i in 0..<table.destinationCount {
      let port = table.destinations[i]
      if port == frame.input || port == output { continue }
      if (table.ports + Int(port)).vlan.departure(frame.vlan) == .refused { continue }
      if let last { sendCopy(copy == nil ? nil : self.copy(copy!), to: last, table) }
      last = port
    }
    if let last {
      sendCopy(copy, to: last, table)
    } else if let copy {
      free(copy)
    }
  }

  private mutating func sendCopy(_ copy: Frame?, to port: UInt16, _ table: TableView) {
    let entry = table.ports + Int(port)
    guard var copy else {
      entry.pointee.counters.add(.dropMirror, worker: index)
      return
    }
    copy.isMirrorCopy = true
    // Seen as it came; and of a flow only the frames themselves can be joined.
    copy.joining = .never
    if fit(&copy, entry) { schedule(&copy, to: port, entry) }
  }
}
