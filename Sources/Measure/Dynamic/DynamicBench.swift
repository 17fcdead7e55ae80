import Foundation
import Lab
import Units

/// Carries out cases of the dynamic experiment: a switch for each, a load through it, counters and moves read.
struct DynamicBench: Sendable {
  let hosts: DynamicHosts
  let executable: String
  let settings: DynamicSettings
  let directory: URL
  let probe: @Sendable (_ socket: String) -> any SwitchProbe

  private var linkPort: String { hosts.ports[0].name }

  /// The most that one worker carries: all flows of one VM on its home worker, as much as goes.
  func capacity() async throws -> BitRate {
    let rate = try await withSwitch(DynamicCase(steering: "vmq", isDynamic: false)) { probe in
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
    try await withSwitch(one) { probe in
      let before = try await SpreadHosts(lab: hosts.lab).reorderings()
      let (windows, samples) = try await Sampler.during(probe) {
        var windows: [Window] = []
        for demand in load.phases {
          let begin = Monotonic.now()
          let rates = demand.enumerated().filter { $0.element > 0 }.map {
            (vm: $0.offset, rate: BitRate(bitsPerSecond: UInt64($0.element * Double(capacity.bitsPerSecond))))
          }
          try await hosts.send(rates, seconds: settings.phaseSeconds)
          // Connections are made and closed at the edges.
          let end = begin + .seconds(UInt64(settings.phaseSeconds))
          if let window = Window(start: begin + .milliseconds(300), end: end) { windows.append(window) }
        }
        return windows
      }
      return try DynamicMeasurement(
        samples: samples, moves: try await probe.moves(), windows: windows, demands: load.phases, capacity: capacity,
        workers: settings.workers, isSpread: one.steering == "vmq+vrss", linkPort: linkPort,
        reorderings: try await SpreadHosts(lab: hosts.lab).reorderings() - before
      ).result()
    }
  }

  private func withSwitch<R: Sendable>(
    _ one: DynamicCase, _ body: (any SwitchProbe) async throws -> R
  ) async throws -> R {
    let config = directory.appending(path: "\(one.name).yaml")
    let socket = directory.appending(path: "control.sock").path
    try settings.configuration(one, hosts.ports).write(to: config, atomically: true, encoding: .utf8)
    let command = hosts.lab.command(
      in: 0,
      LabMigrations.priority + [
        executable, "run", config.path, "--socket", socket, "--state", directory.appending(path: "state").path,
      ])
    return try await Child.with(command) { try await body(probe(socket)) }
  }
}
