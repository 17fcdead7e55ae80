import Foundation
import Units

/// `team`: what part of two links simultaneous migrations get, by the mode of a team.
public struct TeamExperiment: Experiment {
  public let name = "team"
  public let summary = "migrations over a team of two links in each mode, one link failing: what part of both they get"

  let executable: String
  let probe: @Sendable (_ socket: String) -> any SwitchProbe

  /// - Parameters:
  ///   - executable: the path of the millrace program, for the switches and the migrations.
  ///   - probe: reads the counters of the switch at a control socket.
  public init(executable: String, probe: @escaping @Sendable (_ socket: String) -> any SwitchProbe) {
    self.executable = executable
    self.probe = probe
  }

  public func run(_ options: ExperimentOptions) async throws -> Report {
    let begin = Monotonic.now()
    let started = Date.now.formatted(.iso8601)
    let settings = TeamSettings(
      link: options.link ?? TeamSettings.usualLink, workers: Array(0..<min(2, options.machine.cores)),
      gap: .microseconds(500), seconds: options.quick ? 4 : 6)
    let bench = TeamBench(executable: executable, settings: settings, probe: probe)
    let cases = try chosen(options)
    let repeats = options.repeats ?? (options.quick ? 1 : 3)
    var measured: [[Repeat]] = Array(repeating: [], count: cases.count)
    // Every case once, then every case again: a slow spell of the machine hits one repeat of many cases.
    for turn in 1...repeats {
      for (place, one) in cases.enumerated() {
        let result = try await bench.measure(one)
        measured[place].append(result)
        let part = result.throughputBitsPerSecond / Double(settings.together.bitsPerSecond)
        let pause = result.longestPauseMilliseconds.map { ", longest pause \(Figure.milliseconds($0))" } ?? ""
        options.progress(
          "\(one.name)\(repeats > 1 ? " (\(turn) of \(repeats))" : ""): \(Figure.percent(part)) of both links\(pause), "
            + (result.verified ? "verified" : "NOT VERIFIED"))
      }
    }
    let runs = zip(cases, measured).map { Run(scenario: scenario($0, settings), repeats: $1) }
    return TeamReport(settings: settings, runs: runs, isQuick: options.quick).report(
      machine: options.machine, started: started, seconds: (Monotonic.now() - begin).seconds)
  }

  private func chosen(_ options: ExperimentOptions) throws(ExperimentError) -> [TeamCase] {
    guard let names = options.cases else { return options.quick ? TeamCase.quick : TeamCase.full }
    let known = TeamCase.full.map(\.name)
    if let unknown = names.subtracting(known).sorted().first {
      throw ExperimentError(.failed, "team: no case '\(unknown)'; there are \(known.joined(separator: ", "))")
    }
    return TeamCase.full.filter { names.contains($0.name) }
  }

  private func scenario(_ one: TeamCase, _ settings: TeamSettings) -> Scenario {
    Scenario(
      name: one.name, label: one.label, group: one.group, steering: one.mode, migrations: one.migrations,
      targets: one.targets, transport: "tcp", mtu: settings.mtu, emulatedShare: nil, link: settings.together,
      workerCapacity: nil, sourcePorts: settings.sourcePorts(one))
  }
}
