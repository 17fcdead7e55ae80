import Units

extension FDBDocument: StatusText {
  public func text(since earlier: EarlierStatus<Self>?) -> String {
    var table = OutputTable([.left("mac"), .right("vlan"), .left("port"), .left("kind"), .right("age")])
    for entry in fdb {
      table.add([
        entry.mac.description, entry.vlan == 0 ? Figure.none : "\(entry.vlan)", entry.port,
        entry.isStatic ? "static" : "learned",
        entry.ageSeconds.map { Figure.span(seconds: $0) } ?? Figure.none,
      ])
    }
    return table.description
  }
}
