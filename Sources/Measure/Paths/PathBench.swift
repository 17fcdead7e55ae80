import Lab
import Units

/// Carries out cases over paths: limits and MTUs set, migrations sent, counters read meanwhile.
struct PathBench: Sendable {
  let program: SwitchProgram
  /// Keys of every port of the switch.
  var keys = "ingress: auto"
  /// Of all VMs of a case together.
  let memory: Bytes
  /// The part of the pages that compress.
  var compressible: Share?

  /// Makes the hosts, measures all cases in turns, removes the hosts.
  func runs(_ cases: [PathCase], of experiment: String, _ options: ExperimentOptions) async throws -> [Run] {
    try await Lab.with(PathHosts.spec(experiment)) { lab in
      let hosts = try await PathHosts(lab: lab)
      let measured = try await options.measure(cases, turns: options.turns(usual: 5)) { one, turn in
        let result = try await measure(one, hosts, checksFrames: turn == 1)
        return (
          result,
          "\(Figure.seconds(result.seconds)), \(Figure.rate(result.throughputBitsPerSecond)), "
            + (result.verified ? "verified" : "NOT VERIFIED")
        )
      }
      return measured.map { Run(scenario: $0.scenario, repeats: $1) }
    }
  }

  private func measure(_ one: PathCase, _ hosts: PathHosts, checksFrames: Bool) async throws -> Repeat {
    let lab = hosts.lab
    for path in 0..<PathHosts.paths {
      let isUsed = path < one.rates.count
      try await lab.limit(
        PathHosts.device(path), of: PathHosts.source, to: isUsed ? one.rates[path] : nil, latency: "30ms")
      try await hosts.setMTU(path: path, to: isUsed ? one.mtus[path] : 1500)
    }
    let each = Bytes(max(1, (memory.count / UInt64(one.migrations)) >> 20) << 20)
    let migrations = LabMigrations(
      lab: lab, executable: program.executable, source: PathHosts.source, targets: [PathHosts.target],
      migrations: one.migrations, memory: each,
      contents: compressible.map { ["--compressible", "\($0)"] } ?? ["--zero", "0%"], transport: one.transport,
      paths: [PathHosts.target: one.rates.indices.map { hosts.address(of: PathHosts.target, path: $0) }])
    let before = try await lab.reorderings(at: PathHosts.source)
    let (sent, samples) = try await hosts.joined(by: one.fabric, program, keys: keys) { probe in
      if checksFrames { try await checkFrames(one, hosts) }
      return try await IdleStates.heldOff(one.isAwake) {
        try await Sampler.during(probe) { try await migrations.run() }
      }
    }
    return try MigrationMeasurement(
      sent: sent, samples: samples, linkPorts: one.rates.indices.map { hosts.port(of: PathHosts.source, path: $0) },
      reorderings: try await lab.reorderings(at: PathHosts.source) - before
    ).result()
  }

  private func checkFrames(_ one: PathCase, _ hosts: PathHosts) async throws {
    for (path, mtu) in one.mtus.enumerated() where try await hosts.carriesJumboFrames(path: path) != (mtu >= 8428) {
      throw ExperimentError(.failed, "\(one.name): path \(path + 1) does not carry the MTU of \(mtu) end to end")
    }
  }

  static let method = [
    "Real memory moves over TCP between two network namespaces, joined by one path or two, each a pair of veth links "
      + "through one Millrace switch with two workers on the machine's own cores. Memory is written by running "
      + "threads while it is copied. A case counts only when, in every repeat, the digests of all memory were equal on "
      + "both sides.",
    "A limited path is held to its rate by a token bucket on the source's device. Seconds are those from the first "
      + "migration's first round to the last one's hand-over. Sizes are scaled down from the published ones; ratios "
      + "are what is compared.",
    "Throughput is the bytes of frames, without FCS, that the switch took from the source while all migrations of a run "
      + "were under way, read every 100 ms.",
  ]
}
