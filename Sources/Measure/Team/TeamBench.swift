import Lab
import Units

/// Carries out cases of the team experiment: two switches with a team each, migrations between their hosts, counters
/// read meanwhile.
struct TeamBench: Sendable {
  let program: SwitchProgram
  let settings: TeamSettings

  /// One repeat of a case.
  func measure(_ one: TeamCase) async throws -> Repeat {
    let lab = try await TeamLab.up(
      TeamLab.Spec(
        name: Lab.name("team"), hosts: one.targets, isShared: one.isShared, rate: settings.link,
        teamKeys: "mode: \(one.mode)" + (one.mode == "dynamic" ? ", gap: \(settings.gap)" : ""),
        switchLines: ["workers: \(settings.workers)"]))
    do {
      let result = try await measure(one, in: lab)
      await lab.down()
      return result
    } catch {
      await lab.down()
      throw error
    }
  }

  private func measure(_ one: TeamCase, in lab: TeamLab) async throws -> Repeat {
    let hosts = lab.lab
    let (source, targets) = (1, Array(lab.hosts(at: .b)))
    try await hosts.forgetConnections(of: [source] + targets)
    var migrations = LabMigrations(
      lab: hosts, executable: program.executable, source: source, targets: targets, migrations: one.migrations,
      memory: settings.memory(one), sourcePorts: settings.sourcePorts(one), cpus: nil)
    if let transport = one.compressible {
      (migrations.contents, migrations.transport) = (["--compressible", "50%"], transport)
    }
    let order = try OrderProbe(hosts)
    let failure = one.fails ? Task { try await failLink(lab, target: targets[0], flows: one.migrations) } : nil
    let (sent, samples) = try await Sampler.during(program.probe(lab.socket(.b))) { [migrations] in
      try await migrations.run()
    }
    var result = try MigrationMeasurement(
      sent: sent, samples: samples, delivered: targets.map { "h\($0)" }, reorderings: try order.reorderings()
    ).result()
    if let failed = try await failure?.value {
      guard sent.migrations.allSatisfy({ $0.span.start < failed.time && failed.time < $0.span.end }) else {
        throw ExperimentError(.failed, "\(one.name): the link did not fail while all migrations were under way")
      }
      result.longestPauseMilliseconds = failed.longestPause.seconds * 1000
    }
    return result
  }

  /// Takes a link away for two seconds, a second after so many connections to `target` were made; returns when, and the
  /// longest pause that one of them made.
  private func failLink(
    _ lab: TeamLab, target: Int, flows: Int
  ) async throws -> (time: Nanoseconds, longestPause: Nanoseconds) {
    func connections() async throws -> String { try await lab.lab.run(in: target, "ss", "-tinHO") }
    let patience = Monotonic.now() + Nanoseconds.seconds(30)
    while try await connections().ranges(of: "ESTAB").count < flows, Monotonic.now() < patience {
      try await Task.sleep(for: .milliseconds(50))
    }
    try await Task.sleep(for: .seconds(1))
    var progress = ConnectionProgress()
    // Pauses begin while the link is being taken away, which itself takes many milliseconds.
    progress.note(try await connections(), at: Monotonic.now())
    let time = Monotonic.now()
    let failing = Task { try await lab.setLink(1, up: false) }
    let end = time + Nanoseconds.seconds(2)
    while Monotonic.now() < end {
      progress.note(try await connections(), at: Monotonic.now())
      try await Task.sleep(for: .milliseconds(5))
    }
    try await failing.value
    try await lab.setLink(1, up: true)
    return (time, progress.longestPause)
  }
}
