import Units

/// One repeat's figures, from what was asked for and what the switch said. Pure.
package struct DynamicMeasurement {
  let samples: [SwitchSample]
  let moves: [SwitchMove]
  /// Of each phase: when its load was sent, and what was asked for by VM, in units of one worker's capacity.
  let windows: [Window]
  let demands: [[Double]]
  let capacity: BitRate
  let workers: Int
  /// A queue can be divided among workers by flow.
  let isSpread: Bool
  let linkPort: String
  let reorderings: Int

  package init(
    samples: [SwitchSample], moves: [SwitchMove], windows: [Window], demands: [[Double]], capacity: BitRate,
    workers: Int, isSpread: Bool, linkPort: String, reorderings: Int
  ) {
    (self.samples, self.moves, self.windows, self.demands) = (samples, moves, windows, demands)
    (self.capacity, self.workers, self.isSpread) = (capacity, workers, isSpread)
    (self.linkPort, self.reorderings) = (linkPort, reorderings)
  }

  /// A shift of the load counts as met after this time.
  package static let recovery = Nanoseconds.seconds(3)

  package func result() throws -> Repeat {
    guard let first = windows.first, let last = windows.last,
      let whole = Window(start: first.start, end: last.end)
    else { throw ExperimentError(.failed, "no phase was run") }
    let reading = SampleReading(samples: samples)
    let link = reading.counter(\.receivedBytes) { $0 == linkPort }
    // Flows of a VM are alike: placed one by one where the queue can be divided.
    let units = demands.map { demand in
      isSpread
        ? demand.flatMap { Array(repeating: $0 / Double(DynamicLoad.flows), count: DynamicLoad.flows) } : demand
    }
    let anew = BestPlacement.anew(units, workers: workers)
    let once = BestPlacement.once(units, workers: workers)
    let one = Double(capacity.bitsPerSecond)
    let phases = try windows.indices.map { index in
      let window = windows[index]
      guard let mean = link.rate(in: window), let late = Window(start: window.start + Self.recovery, end: window.end),
        let settled = link.rate(in: late)
      else { throw ExperimentError(.failed, "the switch's counters do not cover a phase: its socket was too slow") }
      return LoadPhase(
        startSeconds: (window.start - whole.start).seconds, seconds: window.seconds,
        askedBitsPerSecond: demands[index].reduce(0, +) * one, bestBitsPerSecond: anew[index] * one,
        bestStaticBitsPerSecond: once[index] * one, carriedBitsPerSecond: mean * 8,
        recoveredBitsPerSecond: settled * 8)
    }
    // While something was sent: the gaps between phases carry nothing.
    let sent = windows.reduce(0) { $0 + $1.seconds }
    let rate = phases.reduce(0) { $0 + $1.carriedBitsPerSecond * $1.seconds } / sent
    var result = Repeat(
      seconds: whole.seconds, bytes: UInt64(rate * sent / 8), goodputBitsPerSecond: rate, windowSeconds: sent,
      throughputBitsPerSecond: rate, blackoutMilliseconds: 0, verified: true, reorderings: reorderings,
      workers: reading.workers(in: whole),
      series: link.rates(after: whole.start, to: whole.end).map {
        RatePoint(seconds: $0.seconds, bitsPerSecond: $0.value * 8)
      })
    result.phases = phases
    result.workerSeries = reading.loads().map { worker, loads in
      WorkerSeries(
        worker: worker,
        points: loads.rates(after: whole.start, to: whole.end).map {
          .init(seconds: $0.seconds, load: min(1, max(0, $0.value)))
        })
    }
    result.moves = moves.filter { $0.time >= whole.start && $0.time <= whole.end }.map {
      MoveMark(
        seconds: ($0.time - whole.start).seconds, port: $0.port, entry: $0.entry, from: $0.from, to: $0.to,
        reason: $0.reason, heldFrames: $0.heldFrames, longestHoldMicroseconds: $0.longestHoldMicroseconds,
        expired: $0.expired)
    }
    return result
  }
}
