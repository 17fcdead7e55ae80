extension WorkersDocument: StatusText {
  public func text(since earlier: EarlierStatus<Self>?) -> String {
    let suffix = earlier == nil ? "" : "/s"
    var table = OutputTable([
      .right("worker"), .right("cpu"), .right("load"), .left("core"), .right(earlier == nil ? "cpu time" : "cpu used"),
      .right("frames" + suffix),
      .right("batches" + suffix), .right("passes" + suffix), .right("sleeps" + suffix), .right("held"),
    ])
    for worker in workers {
      var cells = [
        "\(worker.worker)", "\(worker.cpu)", Figure.share(worker.load),
        worker.emulatedShare.map { "emulated, \(Figure.share($0))" } ?? "real",
      ]
      let before = earlier?.document.workers.first { $0.worker == worker.worker }
      cells.append(worker.cpuTime(since: before, seconds: earlier?.seconds))
      let counters: [(WorkerStatus) -> UInt64] = [\.frames, \.batches, \.passes, \.sleeps]
      if let earlier {
        let rates = earlier.rates(of: worker, before)
        cells += counters.map { rates.perSecond($0) }
      } else {
        cells += counters.map { Figure.count($0(worker)) }
      }
      table.add(cells + [Figure.count(worker.held)])
    }
    return table.description
  }
}

extension WorkerStatus {
  /// The CPU time since the start, or the part of one CPU used since `earlier`.
  fileprivate func cpuTime(since earlier: WorkerStatus?, seconds: Double?) -> String {
    guard let seconds else { return Figure.span(seconds: cpuSeconds) }
    guard let earlier, seconds > 0, cpuSeconds >= earlier.cpuSeconds else { return Figure.none }
    return Figure.share((cpuSeconds - earlier.cpuSeconds) / seconds)
  }
}
