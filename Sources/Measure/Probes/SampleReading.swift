import Units

/// What a list of samples says about a window.
struct SampleReading {
  let samples: [SwitchSample]

  /// A counter of all samples, summed over the ports that `includes` names.
  func counter(
    _ value: (SwitchSample.Port) -> UInt64, of includes: (String) -> Bool
  ) -> CounterSeries {
    CounterSeries(
      samples.map { sample in
        let total = sample.ports.reduce(0.0) { includes($1.name) ? $0 + Double(value($1)) : $0 }
        return .init(time: sample.time, value: total)
      })
  }

  /// Each worker's mean load and frames inside the window.
  func workers(in window: Window) -> [WorkerLoad] {
    guard let last = samples.last else { return [] }
    return last.workers.map { worker in
      let mine = samples.compactMap { sample in
        sample.workers.first { $0.worker == worker.worker }.map { (sample.time, $0) }
      }
      let load = CounterSeries(mine.map { .init(time: $0.0, value: $0.1.loadSeconds) })
      let frames = CounterSeries(mine.map { .init(time: $0.0, value: Double($0.1.frames)) })
      return WorkerLoad(
        worker: worker.worker, cpu: worker.cpu, load: min(1, load.rate(in: window) ?? 0),
        frames: frames.growth(in: window) ?? 0)
    }
  }

  /// Each worker's cumulative load.
  func loads() -> [(worker: Int, load: CounterSeries)] {
    (samples.last?.workers ?? []).map { worker in
      let mine = samples.compactMap { sample in
        sample.workers.first { $0.worker == worker.worker }.map {
          CounterSeries.Sample(time: sample.time, value: $0.loadSeconds)
        }
      }
      return (worker.worker, CounterSeries(mine))
    }
  }
}
