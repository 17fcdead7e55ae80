extension MovesDocument: StatusText {
  /// The newest last; with an earlier look only what came since.
  public func text(since earlier: EarlierStatus<Self>?) -> String {
    var table = OutputTable([
      .right("move"), .right("at"), .left("port"), .right("entry"), .right("from"), .right("to"), .left("reason"),
      .right("load from"), .right("load to"), .right("held"), .right("longest hold"),
    ])
    let seen = earlier?.document.moves.last?.sequence ?? 0
    for move in moves where move.sequence > seen {
      table.add([
        "\(move.sequence)", Figure.span(seconds: move.atSeconds), move.port, move.entry.map(String.init) ?? "all",
        "\(move.from)", "\(move.to)", move.reason.rawValue + (move.isDryRun ? ", dry run" : ""),
        Figure.change(move.fromLoad, move.fromLoadAfter), Figure.change(move.toLoad, move.toLoadAfter),
        Figure.count(move.heldFrames),
        Figure.decimal(move.longestHoldMicroseconds, places: 0) + " us",
      ])
    }
    return table.description
  }
}
