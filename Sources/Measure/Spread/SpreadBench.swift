import Lab
import Units

/// Carries out cases of the spread experiment: a switch for each, migrations through it, counters read meanwhile.
struct SpreadBench: Sendable {
  let lab: Lab
  let program: SwitchProgram
  let settings: SpreadSettings

  /// What a case is run with, besides its arrangement.
  struct Conditions {
    var share: Share
    /// Nil: not limited.
    var link: BitRate?
    /// Memory of one VM.
    var memory: Bytes
  }

  /// One repeat of a case, and the source ports its flows had.
  func measure(_ one: SpreadCase, _ conditions: Conditions) async throws -> (Repeat, [UInt16]) {
    let cpus = one.isEmulated ? settings.cpus.hosts : nil
    try await lab.limit(of: SpreadHosts.source, to: conditions.link, latency: "100ms")
    try await lab.receive(on: cpus)
    let configuration = SpreadConfig.yaml(one, settings, share: conditions.share, lab: lab.spec)
    return try await program.running(configuration, in: lab) { probe in
      let ports = try await sourcePorts(one, probe)
      let migration = LabMigrations(
        lab: lab, executable: program.executable, source: SpreadHosts.source,
        targets: (0..<one.targets).map(SpreadHosts.target), migrations: one.migrations, memory: conditions.memory,
        sourcePorts: ports, cpus: cpus)
      let order = try OrderProbe(lab)
      let (sent, samples) = try await Sampler.during(probe) { try await migration.run() }
      let link = lab.spec.port(of: SpreadHosts.source)
      let measurement = MigrationMeasurement(
        sent: sent, samples: samples, linkPorts: [link], reorderings: try order.reorderings())
      return (try measurement.result(), ports)
    }
  }

  /// Ports whose flows hash apart by the switch's own tables.
  private func sourcePorts(_ one: SpreadCase, _ probe: any SwitchProbe) async throws -> [UInt16] {
    let spec = lab.spec
    let ways = (0..<one.migrations).map { index in
      let target = SpreadHosts.target(index % one.targets)
      return FlowPorts.Way(
        source: spec.address(of: SpreadHosts.source), target: spec.address(of: target), table: spec.port(of: target),
        backTable: spec.port(of: one.sending == nil ? target : SpreadHosts.source))
    }
    return try await FlowPorts.chosen(for: one.name, ways, probe)
  }
}
