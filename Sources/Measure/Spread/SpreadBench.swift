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
    let tables = try await probe.indirection()
    let spec = lab.spec
    let flows = try (0..<one.migrations).map { index in
      let target = index % one.targets
      let own = tables[spec.port(of: SpreadHosts.target(target))] ?? tables["default"]
      guard let own, own.count == 128 else {
        throw ExperimentError(.failed, "\(one.name): the switch shows no indirection table")
      }
      return FlowPorts.Flow(
        source: address(of: SpreadHosts.source), destination: address(of: SpreadHosts.target(target)),
        destinationPort: LabMigrations.port, forward: own,
        backward: one.sending == nil ? own : tables[spec.port(of: SpreadHosts.source)] ?? own)
    }
    guard let ports = FlowPorts().choose(flows, from: LabMigrations.firstSourcePort) else {
      throw ExperimentError(.failed, "\(one.name): no source ports hash apart by the switch's tables")
    }
    return ports
  }

  /// A host's address as its bytes.
  private func address(of host: Int) -> [UInt8] {
    lab.spec.address(of: host).split(separator: ".").compactMap { UInt8($0) }
  }
}
