extension QoSDocument: StatusText {
  public func text(since earlier: EarlierStatus<Self>?) -> String {
    var table = OutputTable([
      .left("port"), .left("class"), .right("minimum"), .right("maximum"), .right("granted"), .right("rate"),
      .right("waiting"), .right("p50"), .right("p99"), .right(earlier == nil ? "drops" : "drops/s"),
      .right(earlier == nil ? "marks" : "marks/s"),
    ])
    for each in qos {
      let before = earlier?.document.qos.first { $0.port == each.port && $0.class == each.class }
      let rates = earlier?.rates(of: each, before)
      table.add([
        each.port, each.class, each.minimumText, Self.rate(each.maximumBitsPerSecond),
        Self.rate(each.grantedBitsPerSecond), Figure.bitRate(Double(each.rateBitsPerSecond)),
        Figure.bytes(each.waitingBytes), Self.delay(each.delayP50Microseconds), Self.delay(each.delayP99Microseconds),
        rates?.perSecond { $0.dropsAQM + $0.dropsFull } ?? Figure.count(each.dropsAQM + each.dropsFull),
        rates?.perSecond(\.marks) ?? Figure.count(each.marks),
      ])
    }
    return table.description
  }

  private static func rate(_ rate: UInt64?) -> String { rate.map { Figure.bitRate(Double($0)) } ?? Figure.none }

  private static func delay(_ microseconds: Double) -> String {
    microseconds == 0 ? "0" : Figure.decimal(microseconds / 1000, places: 2) + " ms"
  }
}

extension QoSStatus {
  fileprivate var minimumText: String {
    if let weight { return "weight \(weight)" }
    return reserveBitsPerSecond.map { Figure.bitRate(Double($0)) } ?? Figure.none
  }
}
