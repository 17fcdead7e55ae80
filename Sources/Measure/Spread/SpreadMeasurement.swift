import Units

/// One repeat's figures, from what the migrations and the switch said. Pure.
struct SpreadMeasurement {
  let sent: SentMigrations
  let samples: [SwitchSample]
  let reorderings: Int

  func result() throws -> Repeat {
    let spans = sent.migrations.map(\.span)
    guard let window = Window(commonTo: spans), let whole = Window(spanning: spans) else {
      throw ExperimentError(
        .failed, "the migrations were never all under way at once: larger VMs or fewer of them are needed")
    }
    let reading = SampleReading(samples: samples)
    let link = reading.counter(\.receivedBytes) { $0 == SpreadHosts.sourceHost }
    guard let bytes = link.rate(in: window) else {
      throw ExperimentError(
        .failed, "the switch's counters do not cover the migrations: its control socket was too slow")
    }
    return Repeat(
      seconds: whole.seconds, bytes: sent.bytes, goodputBitsPerSecond: Double(sent.bytes) * 8 / whole.seconds,
      windowSeconds: window.seconds, throughputBitsPerSecond: bytes * 8,
      blackoutMilliseconds: sent.migrations.map(\.blackoutMilliseconds).max() ?? 0,
      verified: !sent.migrations.isEmpty && sent.migrations.allSatisfy(\.verified), reorderings: reorderings,
      workers: reading.workers(in: window), series: Self.series(link, in: whole))
  }

  /// What crossed the link, from the first migration's start.
  private static func series(_ link: CounterSeries, in whole: Window) -> [RatePoint] {
    link.rates().filter { $0.time > whole.start }.map {
      RatePoint(seconds: ($0.time - whole.start).seconds, bitsPerSecond: $0.value * 8)
    }
  }
}
