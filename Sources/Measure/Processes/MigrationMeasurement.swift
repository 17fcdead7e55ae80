import Units

/// One repeat's figures, from what the migrations and the switch said. Pure.
package struct MigrationMeasurement {
  let sent: SentMigrations
  let samples: [SwitchSample]
  /// What crossed the link: a counter of some of the switch's ports.
  private let crossed: CounterSeries
  let reorderings: Int

  /// - Parameter linkPorts: the switch's ports that the links end at; what they received counts.
  package init(sent: SentMigrations, samples: [SwitchSample], linkPorts: [String], reorderings: Int) {
    self.init(
      sent, samples, SampleReading(samples: samples).counter(\.receivedBytes) { linkPorts.contains($0) }, reorderings)
  }

  /// - Parameter delivered: the ports of the hosts that receive; what was transmitted to them counts.
  package init(sent: SentMigrations, samples: [SwitchSample], delivered: [String], reorderings: Int) {
    self.init(
      sent, samples, SampleReading(samples: samples).counter(\.transmittedBytes) { delivered.contains($0) }, reorderings
    )
  }

  private init(_ sent: SentMigrations, _ samples: [SwitchSample], _ crossed: CounterSeries, _ reorderings: Int) {
    self.sent = sent
    self.samples = samples
    self.crossed = crossed
    self.reorderings = reorderings
  }

  /// What others than the migrations had in the stretch that throughput is taken from: frames, no payload.
  package func resultOfOthers() throws -> Repeat {
    var result = try result()
    result.seconds = result.windowSeconds
    result.bytes = UInt64(result.throughputBitsPerSecond / 8 * result.windowSeconds)
    result.goodputBitsPerSecond = result.throughputBitsPerSecond
    result.blackoutMilliseconds = 0
    return result
  }

  package func result() throws -> Repeat {
    let spans = sent.migrations.map(\.span)
    guard let window = Window(commonTo: spans), let whole = Window(spanning: spans) else {
      let failure = sent.migrations.lazy.compactMap(\.failure).first
      throw ExperimentError(.failed, failure ?? "the migrations were never all under way at once: VMs are too small")
    }
    let reading = SampleReading(samples: samples)
    guard let bytes = crossed.rate(in: window) else {
      throw ExperimentError(
        .failed, "the switch's counters do not cover the migrations: its control socket was too slow")
    }
    return Repeat(
      seconds: whole.seconds, bytes: sent.bytes, goodputBitsPerSecond: Double(sent.bytes) * 8 / whole.seconds,
      windowSeconds: window.seconds, throughputBitsPerSecond: bytes * 8,
      blackoutMilliseconds: sent.migrations.map(\.blackoutMilliseconds).max() ?? 0,
      verified: !sent.migrations.isEmpty && sent.migrations.allSatisfy(\.verified), reorderings: reorderings,
      workers: reading.workers(in: window),
      series: crossed.rates(after: whole.start, to: whole.end).map {
        RatePoint(seconds: $0.seconds, bitsPerSecond: $0.value * 8)
      })
  }
}
