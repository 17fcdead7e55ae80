import Units

/// `team`: what part of two links simultaneous migrations get, by the mode of a team.
public struct TeamExperiment: Experiment {
  public let name = "team"
  public let summary = "migrations over a team of two links in each mode, one link failing: what part of both they get"

  let program: SwitchProgram

  public init(_ program: SwitchProgram) { self.program = program }

  public func measure(_ options: ExperimentOptions) async throws -> any ReportText {
    let settings = TeamSettings(
      link: options.link ?? TeamSettings.usualLink, workers: Array(0..<min(2, options.machine.cores)),
      gap: .microseconds(500), seconds: options.quick ? 4 : 6)
    let bench = TeamBench(program: program, settings: settings)
    let cases = try options.chosen(of: name, full: TeamCase.full, quick: TeamCase.quick)
    let measured = try await options.measure(cases, turns: options.turns(usual: 3)) { one, _ in
      let result = try await bench.measure(one)
      let part = result.throughputBitsPerSecond / Double(settings.together.bitsPerSecond)
      let pause = result.longestPauseMilliseconds.map { ", longest pause \(Figure.milliseconds($0))" } ?? ""
      let verified = result.verified ? "verified" : "NOT VERIFIED"
      return (result, "\(Figure.percent(part)) of both links\(pause), \(verified)")
    }
    return TeamReport(settings: settings, runs: measured.map { Run(scenario: scenario($0, settings), repeats: $1) })
  }

  private func scenario(_ one: TeamCase, _ settings: TeamSettings) -> Scenario {
    Scenario(
      name: one.name, label: one.label, group: one.group, steering: one.mode, migrations: one.migrations,
      targets: one.targets, transport: one.compressible ?? "tcp", mtu: settings.mtu, emulatedShare: nil,
      link: settings.together,
      workerCapacity: nil, sourcePorts: settings.sourcePorts(one))
  }
}
