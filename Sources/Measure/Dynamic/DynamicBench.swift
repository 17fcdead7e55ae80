import Lab
import Units

/// Carries out cases of the dynamic experiment: a switch for each, a load through it, counters and moves read.
struct DynamicBench: Sendable {
  let hosts: DynamicHosts
  let program: SwitchProgram
  let settings: DynamicSettings

  private var linkPort: String { hosts.lab.spec.port(of: DynamicHosts.source) }

  /// The most that one worker carries: all flows of one VM on its home worker, as much as goes.
  func capacity() async throws -> BitRate {
    let rate = try await running(DynamicCase(steering: "vmq", isDynamic: false)) { probe in
      var best = 0.0
      for vm in [0, 5] {
        let begin = Monotonic.now()
        let (_, samples) = try await Sampler.during(probe) { try await hosts.send([(vm, nil)], seconds: 4) }
        let link = SampleReading(samples: samples).counter(\.receivedBytes) { $0 == linkPort }
        // Slow start is left out.
        if let window = Window(start: begin + .seconds(1), end: begin + .seconds(4)), let rate = link.rate(in: window) {
          best = max(best, rate * 8)
        }
      }
      return best
    }
    guard rate > 0 else { throw ExperimentError(.failed, "one worker's capacity could not be measured") }
    return BitRate(bitsPerSecond: UInt64(rate))
  }

  func measure(_ one: DynamicCase, _ load: DynamicLoad, capacity: BitRate) async throws -> Repeat {
    try await running(one) { probe in
      let order = try OrderProbe(hosts.lab)
      let (windows, samples) = try await Sampler.during(probe) {
        var windows: [Window] = []
        for (phase, demand) in load.phases.enumerated() {
          let begin = Monotonic.now()
          let rates = demand.enumerated().filter { $0.element > 0 }.map {
            (vm: $0.offset, rate: BitRate(bitsPerSecond: UInt64($0.element * Double(capacity.bitsPerSecond))))
          }
          try await hosts.send(rates, seconds: settings.phaseSeconds, phase: phase)
          // Connections are made and closed at the edges.
          let end = begin + .seconds(UInt64(settings.phaseSeconds))
          if let window = Window(start: begin + .milliseconds(300), end: end) { windows.append(window) }
        }
        return windows
      }
      return try DynamicMeasurement(
        samples: samples, moves: try await probe.moves(), windows: windows, demands: load.phases, capacity: capacity,
        workers: settings.workers, isSpread: one.steering == "vmq+vrss", linkPort: linkPort,
        reorderings: try order.reorderings()
      ).result()
    }
  }

  private func running<R: Sendable>(
    _ one: DynamicCase, _ body: (any SwitchProbe) async throws -> R
  ) async throws -> R {
    try await program.running(settings.configuration(one, hosts.lab.spec), in: hosts.lab, body)
  }
}
