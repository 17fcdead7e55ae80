extension MetersDocument: StatusText {
  public func text(since earlier: EarlierStatus<Self>?) -> String {
    var table = OutputTable([
      .left("port"), .left("meter"), .left("local"), .left("remote"), .left("direction"),
      .right(earlier == nil ? "frames" : "frames/s"), .right(earlier == nil ? "bytes" : "bits"),
    ])
    for meter in meters {
      let rates = earlier?.rates(of: meter, earlier?.document.meters.first { $0.isSameMeter(as: meter) })
      table.add([
        meter.port, meter.name, meter.local ?? Figure.none, meter.remote ?? Figure.none, meter.direction.rawValue,
        rates?.perSecond(\.frames) ?? Figure.count(meter.frames),
        rates?.bitRate(bytes: \.bytes) ?? Figure.bytes(meter.bytes),
      ])
    }
    return table.isEmpty ? "nothing is metered\n" : table.description
  }
}

extension MeterStatus {
  fileprivate var name: String { (meter ?? Figure.none) + (active ? "" : " (removed)") }

  fileprivate func isSameMeter(as other: MeterStatus) -> Bool {
    port == other.port && meter == other.meter && local == other.local && remote == other.remote
      && direction == other.direction
  }
}

extension MeterReport {
  /// Hyper-V's columns and more: one row a meter, then each port's totals, then the meters that share a name.
  public var text: String {
    if meters.isEmpty { return "nothing is metered\n" }
    var rows = OutputTable([
      .left("port"), .left("local"), .left("remote"), .left("direction"), .right("total"), .right("bytes"),
      .right("frames"), .left("meter"),
    ])
    for one in meters {
      rows.add([
        one.port, one.local ?? Figure.none, one.remote ?? Figure.none, one.direction.rawValue,
        Figure.bytes(one.bytes), Figure.count(one.bytes), Figure.count(one.frames), one.name,
      ])
    }
    var sums = OutputTable([
      .left("port"), .left("direction"), .right("all that passed"), .right("bytes"), .right("frames"),
    ])
    for one in totals {
      sums.add([
        one.port, one.direction.rawValue, Figure.bytes(one.bytes), Figure.count(one.bytes), Figure.count(one.frames),
      ])
    }
    var names = OutputTable([
      .left("meter"), .left("direction"), .right("total"), .right("bytes"), .right("frames"), .left("ports"),
    ])
    for one in shared {
      names.add([
        one.meter, one.direction.rawValue, Figure.bytes(one.bytes), Figure.count(one.bytes),
        Figure.count(one.frames), one.ports.joined(separator: " "),
      ])
    }
    return [rows, sums, names].filter { !$0.isEmpty }.map(\.description).joined(separator: "\n")
  }

  /// One line a meter (RFC 4180): Hyper-V's columns, `total` in bytes, then frames and name.
  public var csv: String {
    let lines = meters.map { one in
      [
        one.port, one.local ?? "", one.remote ?? "", one.direction.rawValue, "\(one.bytes)", "\(one.frames)",
        one.meter ?? "",
      ].joined(separator: ",") + "\r\n"
    }
    return "port,local,remote,direction,total,frames,meter\r\n" + lines.joined()
  }
}
