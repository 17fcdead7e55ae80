import Lab
import Units

/// `spread`: how steering decides what part of a link simultaneous migrations get.
public struct SpreadExperiment: Experiment {
  public let name = "spread"
  public let summary = "migrations through one queue and spread by RSS and vRSS: what part of the link each fills"

  let program: SwitchProgram

  public init(_ program: SwitchProgram) { self.program = program }

  public func measure(_ options: ExperimentOptions) async throws -> any ReportText {
    let settings = SpreadSettings(options)
    let cases = try options.chosen(of: name, full: SpreadCase.full, quick: SpreadCase.quick)
    let spec = LabSpec(name: Lab.name(name), hosts: 1 + SpreadHosts.targetCount, mtu: settings.mtu)
    let (runs, link) = try await Lab.with(spec) { lab in
      try await lab.forgetConnections(of: 1...spec.hosts)
      let bench = SpreadBench(lab: lab, program: program, settings: settings)
      return try await SpreadSchedule(bench: bench, options: options).run(cases)
    }
    return SpreadReport(settings: settings, runs: runs, link: link, isLinkGiven: options.link != nil)
  }
}
