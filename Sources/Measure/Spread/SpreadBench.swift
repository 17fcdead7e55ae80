import Foundation
import Lab
import Units

/// Carries out cases of the spread experiment: a switch for each, migrations through it, counters read meanwhile.
struct SpreadBench: Sendable {
  let hosts: SpreadHosts
  let executable: String
  let settings: SpreadSettings
  let directory: URL
  let probe: @Sendable (_ socket: String) -> any SwitchProbe

  /// What a case is run with, besides its arrangement.
  struct Conditions {
    var share: Share
    /// Nil: not limited.
    var link: BitRate?
    /// Memory of one VM, and bytes a second it writes.
    var memory: Bytes
    var dirtyRate: Bytes
  }

  /// One repeat of a case, and the source ports its flows had.
  func measure(_ one: SpreadCase, _ conditions: Conditions) async throws -> (Repeat, [UInt16]) {
    let cpus = one.isEmulated ? settings.hostCPUs : nil
    try await hosts.limitLink(to: conditions.link)
    try await hosts.receive(on: cpus)
    return try await withSwitch(one, conditions.share) { probe in
      let ports = try await sourcePorts(one, probe)
      let migration = LabMigrations(
        lab: hosts.lab, executable: executable, source: SpreadHosts.source,
        targets: (0..<one.targets).map(SpreadHosts.target), migrations: one.migrations,
        memory: conditions.memory, dirtyRate: conditions.dirtyRate, sourcePorts: ports, cpus: cpus)
      let before = try await hosts.reorderings()
      let (sent, samples) = try await Sampler.during(probe) { try await migration.run() }
      let reorderings = try await hosts.reorderings() - before
      let link = hosts.lab.spec.port(of: SpreadHosts.source)
      let measurement = MigrationMeasurement(sent: sent, samples: samples, linkPort: link, reorderings: reorderings)
      return (try measurement.result(), ports)
    }
  }

  private func withSwitch<R: Sendable>(
    _ one: SpreadCase, _ share: Share, _ body: (any SwitchProbe) async throws -> R
  ) async throws -> R {
    let config = directory.appending(path: "\(one.name).yaml")
    let socket = directory.appending(path: "control.sock").path
    try SpreadConfig.yaml(one, settings, share: share, lab: hosts.lab.spec).write(
      to: config, atomically: true, encoding: .utf8)
    let command = hosts.lab.command(
      in: 0,
      LabMigrations.priority + [
        executable, "run", config.path, "--socket", socket, "--state", directory.appending(path: "state").path,
      ])
    return try await Child.with(command) { try await body(probe(socket)) }
  }

  /// Ports whose flows hash apart by the switch's own tables.
  private func sourcePorts(_ one: SpreadCase, _ probe: any SwitchProbe) async throws -> [UInt16] {
    let tables = try await probe.indirection()
    let spec = hosts.lab.spec
    let flows = try (0..<one.migrations).map { index in
      let target = index % one.targets
      let own = tables[spec.port(of: SpreadHosts.target(target))] ?? tables["default"]
      guard let own, own.count == 128 else {
        throw ExperimentError(.failed, "\(one.name): the switch shows no indirection table")
      }
      return FlowPorts.Flow(
        source: hosts.address(of: SpreadHosts.source), destination: hosts.address(of: SpreadHosts.target(target)),
        destinationPort: LabMigrations.port, forward: own,
        backward: one.sending == nil ? own : tables[spec.port(of: SpreadHosts.source)] ?? own)
    }
    guard let ports = FlowPorts().choose(flows, from: Self.firstPort) else {
      throw ExperimentError(.failed, "\(one.name): no source ports hash apart by the switch's tables")
    }
    return ports
  }

  private static let firstPort: UInt16 = 20_000
}
