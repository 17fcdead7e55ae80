extension FramesDocument: StatusText {
  /// Where the arena's frames are is a level, not a counter: no rates.
  public func text(since earlier: EarlierStatus<Self>?) -> String {
    let b = frames.breakdown
    var table = OutputTable([.left("where"), .right("frames")])
    for (place, count) in [
      ("free", frames.free),
      ("  pool", b.freePool),
      ("  worker caches", b.workerCaches),
      ("kernel", frames.kernel),
      ("  FILL rings", b.fillRings),
      ("  RX rings", b.receiveRings),
      ("  TX rings", b.transmitRings),
      ("  COMPLETION rings", b.completionRings),
      ("  being transmitted", b.inFlight),
      ("  kernel residue", b.residue),
      ("held by workers", frames.held),
      ("lost", frames.lost),
      ("total", frames.total),
    ] {
      table.add([place, Figure.count(count)])
    }
    return table.description
  }
}
