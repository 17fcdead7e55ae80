extension WorkersDocument: StatusText {
  public func text(since earlier: EarlierStatus<Self>?) -> String {
    let suffix = earlier == nil ? "" : "/s"
    var table = OutputTable([
      .right("worker"), .right("cpu"), .right("load"), .left("core"), .right("frames" + suffix),
      .right("batches" + suffix), .right("passes" + suffix), .right("sleeps" + suffix), .right("held"),
    ])
    for worker in workers {
      var cells = [
        "\(worker.worker)", "\(worker.cpu)", Figure.share(worker.load),
        worker.emulatedShare.map { "emulated, \(Figure.share($0))" } ?? "real",
      ]
      let counters: [(WorkerStatus) -> UInt64] = [\.frames, \.batches, \.passes, \.sleeps]
      if let earlier {
        let rates = earlier.rates(of: worker, earlier.document.workers.first { $0.worker == worker.worker })
        cells += counters.map { rates.perSecond($0) }
      } else {
        cells += counters.map { Figure.count($0(worker)) }
      }
      table.add(cells + [Figure.count(worker.held)])
    }
    return table.description
  }
}
