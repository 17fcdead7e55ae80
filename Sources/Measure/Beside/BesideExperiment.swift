import Lab
import Units

/// `beside`: migrations over the uplink of the VMs, and over one of their own with RSS beside it.
public struct BesideExperiment: Experiment {
  public let name = "beside"
  public let summary =
    "migrations over the VMs' uplink, and over one of their own with RSS beside it, VM traffic in both"

  let program: SwitchProgram

  public init(_ program: SwitchProgram) { self.program = program }

  public func measure(_ options: ExperimentOptions) async throws -> any ReportText {
    let settings = SpreadSettings(options)
    try await IPerf3.require()
    let cases = try options.chosen(of: name, full: BesideCase.full, quick: BesideCase.quick)
    return try await Lab.with(BesideHosts.spec(name)) { lab in
      let bench = BesideBench(
        hosts: try await BesideHosts(lab: lab, mtu: settings.mtu), program: program, settings: settings)
      let capacity = try await bench.capacity()
      let link = options.link ?? SpreadCalibration.link(for: capacity)
      options.progress("uplinks of \(link); one worker carries \(Figure.rate(Double(capacity.bitsPerSecond)))")
      let measured = try await options.measure(cases, turns: options.turns(usual: 5)) { one, _ in
        let result = try await bench.measure(one, link: link)
        let part = Figure.percent(result.migrations.throughputBitsPerSecond / Double(link.bitsPerSecond))
        return (
          result,
          "migrations \(part) of an uplink, VMs \(Figure.rate(result.vms.throughputBitsPerSecond)), "
            + (result.migrations.verified ? "verified" : "NOT VERIFIED")
        )
      }
      let runs = measured.flatMap { one, results in
        [
          Run(
            scenario: scenario(
              one.name, one.label, "Migrations", one, settings, link: link, capacity, results[0].sourcePorts),
            repeats: results.map(\.migrations)),
          Run(
            scenario: scenario(
              one.trafficName, "beside \(one.label)", "VMs: what they got of what they asked for", one, settings,
              link: BitRate(
                bitsPerSecond: UInt64(Double(link.bitsPerSecond) * BesideBench.asked) * UInt64(BesideHosts.vms.count)),
              capacity, []),
            repeats: results.map(\.vms)),
        ]
      }
      return BesideReport(settings: settings, runs: runs, link: link, capacity: capacity)
    }
  }

  private func scenario(
    _ name: String, _ label: String, _ group: String, _ one: BesideCase, _ settings: SpreadSettings, link: BitRate,
    _ capacity: BitRate, _ ports: [UInt16]
  ) -> Scenario {
    Scenario(
      name: name, label: label, group: group, steering: one.ownUplink ?? one.steering, migrations: one.migrations,
      targets: 1, transport: "tcp", mtu: settings.mtu, emulatedShare: settings.share, link: link,
      workerCapacity: capacity, sourcePorts: ports)
  }
}
