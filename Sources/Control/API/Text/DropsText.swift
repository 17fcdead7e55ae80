extension DropsDocument: StatusText {
  public func text(since earlier: EarlierStatus<Self>?) -> String {
    var table = OutputTable([.left("port"), .left("reason"), .right(earlier == nil ? "frames" : "frames/s")])
    for drop in drops {
      let before = earlier?.document.drops.first { $0.port == drop.port && $0.reason == drop.reason }
      // A reason that was not in the earlier document had not occurred by then.
      let rates = earlier?.rates(of: drop, before ?? DropStatus(port: drop.port, reason: drop.reason, frames: 0))
      table.add([drop.port ?? Figure.none, drop.reason, rates?.perSecond(\.frames) ?? Figure.count(drop.frames)])
    }
    return table.isEmpty ? "no frame was dropped\n" : table.description
  }
}
