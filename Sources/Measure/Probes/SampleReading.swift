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
      WorkerLoad(
        worker: worker.worker, cpu: worker.cpu,
        load: min(1, counter(of: worker, \.loadSeconds).rate(in: window) ?? 0),
        frames: counter(of: worker) { Double($0.frames) }.growth(in: window) ?? 0)
    }
  }

  /// Each worker's cumulative load.
  func loads() -> [(worker: Int, load: CounterSeries)] {
    (samples.last?.workers ?? []).map { ($0.worker, counter(of: $0, \.loadSeconds)) }
  }

  private func counter(of worker: SwitchSample.Worker, _ value: (SwitchSample.Worker) -> Double) -> CounterSeries {
    CounterSeries(
      samples.compactMap { sample in
        sample.workers.first { $0.worker == worker.worker }.map { .init(time: sample.time, value: value($0)) }
      })
  }
}
