import Lab
import Units

/// Carries out cases: a switch for each, VM traffic and migrations through it, counters read meanwhile.
struct BesideBench: Sendable {
  let hosts: BesideHosts
  let program: SwitchProgram
  let settings: SpreadSettings

  /// Of an uplink, what each VM asks for.
  static let asked = 0.1

  struct Result {
    var migrations: Repeat
    /// What all VMs got meanwhile.
    var vms: Repeat
    var sourcePorts: [UInt16]
  }

  /// What an emulated worker carries of four flows: the most of some runs, because what disturbs a run can only take from
  /// it.
  func capacity() async throws -> BitRate {
    // Nothing is known yet: a short run says how much memory makes one of the right length.
    var most = BitRate(bitsPerSecond: 32_000_000)
    for _ in 0..<4 {
      let result = try await measure(.calibration, link: most).migrations
      most = max(most, BitRate(bitsPerSecond: UInt64(result.throughputBitsPerSecond)))
    }
    return most
  }

  /// - Parameter link: the rate of each uplink; where they are not limited, what about they carry.
  func measure(_ one: BesideCase, link: BitRate) async throws -> Result {
    let (lab, paths, path) = (hosts.lab, hosts.paths, BesideHosts.path(one))
    for path in 0..<PathHosts.paths {
      try await lab.limit(
        PathHosts.device(path), of: PathHosts.source, to: one.isLimited ? link : nil, latency: "100ms")
    }
    try await lab.receive(on: settings.cpus.hosts)
    let each = BitRate(bitsPerSecond: UInt64(Double(link.bitsPerSecond) * Self.asked)).tcpPayload(mtu: settings.mtu)
    let flows = one.hasTraffic ? BesideHosts.vms.map { SteadyFlow(from: PathHosts.source, to: $0, rate: each) } : []
    return try await program.running(hosts.configuration(one, settings), in: lab) { probe in
      let ways = Array(repeating: hosts.way(one), count: one.migrations)
      let ports = try await FlowPorts.chosen(for: one.name, ways, probe)
      let migrations = LabMigrations(
        lab: lab, executable: program.executable, source: PathHosts.source, targets: [PathHosts.target],
        migrations: one.migrations, memory: settings.memory(at: link, migrations: one.migrations), sourcePorts: ports,
        cpus: settings.cpus.hosts, paths: [PathHosts.target: [paths.address(of: PathHosts.target, path: path)]])
      let order = try OrderProbe(
        lab, hosts: [PathHosts.source, PathHosts.target], device: PathHosts.device(path))
      let (sent, samples) = try await lab.sending(flows, cpus: settings.cpus.hosts) {
        try await Sampler.during(probe) { try await migrations.run() }
      }
      func got(_ ports: [String], _ reorderings: Int) -> MigrationMeasurement {
        MigrationMeasurement(sent: sent, samples: samples, delivered: ports, reorderings: reorderings)
      }
      return Result(
        migrations: try got([paths.port(of: PathHosts.target, path: path)], try order.reorderings()).result(),
        vms: try got(BesideHosts.vms.map(lab.spec.port), 0).resultOfOthers(), sourcePorts: ports)
    }
  }
}
