import Lab
import Units

/// `dynamic`: queues that stay where they start beside queues that follow the load.
public struct DynamicExperiment: Experiment {
  public let name = "dynamic"
  public let summary = "a load that shifts among 16 VMs: queues that stay, and queues that follow it"

  let program: SwitchProgram

  public init(_ program: SwitchProgram) { self.program = program }

  public func measure(_ options: ExperimentOptions) async throws -> any ReportText {
    let cases = try options.chosen(of: name, full: DynamicCase.full, quick: DynamicCase.quick)
    let settings = DynamicSettings(
      share: options.emulatedShare ?? DynamicSettings.usualShare, cpus: CPUSplit(count: options.machine.cores),
      mtu: options.mtu ?? DynamicSettings.usualMTU, phases: options.quick ? 3 : 8)
    try await IPerf3.require()
    let spec = LabSpec(name: Lab.name(name), hosts: 1 + DynamicLoad.vms, mtu: settings.mtu)
    return try await Lab.with(spec) { lab in
      let hosts = try await DynamicHosts(lab: lab, settings: settings)
      let bench = DynamicBench(hosts: hosts, program: program, settings: settings)
      let capacity = try await bench.capacity()
      options.progress("one worker carries \(Figure.rate(Double(capacity.bitsPerSecond)))")
      // Every case gets the same load in a turn. A worker is measured again before each: what a CPU does changes in an hour.
      let measured = try await options.measure(cases, turns: options.turns(usual: 3)) { one, turn in
        let load = DynamicLoad(seed: UInt64(turn), phases: settings.phases)
        let result = try await bench.measure(one, load, capacity: try await bench.capacity())
        return (
          result,
          "\(Figure.rate(result.throughputBitsPerSecond)), \(Figure.percent(result.carriedOfBest ?? 0)) of the best "
            + "placement, \(result.moves.count) moves"
        )
      }
      let runs = measured.map { Run(scenario: scenario($0, settings, capacity), repeats: $1) }
      return DynamicReport(settings: settings, runs: runs, capacity: capacity)
    }
  }

  private func scenario(_ one: DynamicCase, _ settings: DynamicSettings, _ capacity: BitRate) -> Scenario {
    Scenario(
      name: one.name, label: one.label, group: one.group, steering: one.label, migrations: 0,
      targets: DynamicLoad.vms, transport: "tcp", mtu: settings.mtu, emulatedShare: settings.share, link: nil,
      workerCapacity: capacity, sourcePorts: [])
  }
}
