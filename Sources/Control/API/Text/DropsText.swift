extension DropsDocument: StatusText {
  public func text(since earlier: EarlierStatus<Self>?) -> String {
    var table = OutputTable([
      .left("port"), .left("reason"), .right(earlier == nil ? "frames" : "frames/s"), .left("rule"),
    ])
    for drop in drops {
      let before = earlier?.document.drops.first { $0.isSameReason(as: drop) }
      // A reason that was not in the earlier document had not occurred by then.
      let none = DropStatus(port: drop.port, reason: drop.reason, rule: drop.rule, frames: 0)
      let rates = earlier?.rates(of: drop, before ?? none)
      table.add([
        drop.port ?? Figure.none, drop.reason, rates?.perSecond(\.frames) ?? Figure.count(drop.frames),
        drop.rule ?? Figure.none,
      ])
    }
    return table.isEmpty ? "no frame was dropped\n" : table.description + last
  }

  /// The last frames that rules dropped.
  private var last: String {
    var table = OutputTable([
      .right("ago"), .left("port"), .left("dir"), .left("source"), .left("destination"), .left("protocol"),
      .right("bytes"), .left("by"),
    ])
    let all = drops.flatMap { drop in drop.recent.map { (drop, $0) } }.sorted { $0.1.secondsAgo < $1.1.secondsAgo }
    for (drop, one) in all.prefix(16) {
      table.add([
        Figure.span(seconds: one.secondsAgo), drop.port ?? Figure.none, one.direction.rawValue, one.source,
        one.destination, one.protocol ?? Figure.none, "\(one.length)", drop.rule ?? drop.reason,
      ])
    }
    return table.isEmpty ? "" : "\n" + table.description
  }
}

extension DropStatus {
  fileprivate func isSameReason(as other: DropStatus) -> Bool {
    port == other.port && reason == other.reason && rule == other.rule
  }
}
