import Units

/// What a list of samples says about a window.
struct SampleReading {
  let samples: [SwitchSample]

  /// A load says how busy the last second was: reads earlier than this into the window still speak of what was before.
  static let loadMemory = Nanoseconds.seconds(1)

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
      let mine = samples.map { sample in (sample.time, sample.workers.first { $0.worker == worker.worker }) }
      let loads = GaugeSeries(mine.map { .init(time: $0.0, value: $0.1?.load ?? 0) })
      let frames = CounterSeries(mine.map { .init(time: $0.0, value: Double($0.1?.frames ?? 0)) })
      let settled = Window(start: window.start + Self.loadMemory, end: window.end) ?? window
      return WorkerLoad(
        worker: worker.worker, cpu: worker.cpu, load: loads.mean(in: settled) ?? worker.load,
        frames: frames.growth(in: window) ?? 0)
    }
  }
}
