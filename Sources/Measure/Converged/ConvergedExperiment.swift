import Lab
import Units

/// `converged`: migrations, VM traffic and storage traffic to one host, over one link, with and without reservations.
public struct ConvergedExperiment: Experiment {
  public let name = "converged"
  public let summary = "migrations beside VM and storage traffic on one link, with and without minimum bandwidth"

  let program: SwitchProgram

  public init(_ program: SwitchProgram) { self.program = program }

  public func measure(_ options: ExperimentOptions) async throws -> any ReportText {
    let link = options.link ?? BitRate(bitsPerSecond: 500_000_000)
    try await IPerf3.require()
    let cases = try options.chosen(of: name, full: ConvergedCase.all, quick: ConvergedCase.all)
    let runs = try await Lab.with(LabSpec(name: Lab.name(name), hosts: ConvergedSender.receiver)) { lab in
      try await lab.forgetConnections(of: 1...ConvergedSender.receiver)
      let measured = try await options.measure(cases, turns: options.turns(usual: 3)) { one, _ in
        let results = try await measure(one, lab, link)
        let told = zip(ConvergedSender.all, results).map { sender, result in
          "\(sender.words) \(Figure.percent(result.throughputBitsPerSecond / Double(link.bitsPerSecond)))"
        }
        return (results, told.joined(separator: ", "))
      }
      return measured.flatMap { one, results in
        ConvergedSender.all.enumerated().map { place, sender in
          Run(scenario: sender.scenario(one, link), repeats: results.map { $0[place] })
        }
      }
    }
    return WrittenReport(
      title: "Migrations beside other traffic on one link", summary: Self.summary(runs),
      listed: [
        .init("Link", "\(link) into the host that receives"),
        .init("Traffic", "\(ConvergedSender.migrations) simultaneous migrations; one TCP flow of a VM; one of storage"),
        .init("Reserved", ConvergedSender.all.map { "\($0.words): weight \($0.weight)" }.joined(separator: ", ")),
      ],
      method: [
        "Three hosts send to a fourth through one switch, as much as goes. What each got is the bytes of its frames that "
          + "the switch took, over the link's rate, in the time in which all migrations were under way."
      ],
      runs: runs, rules: Self.rules)
  }

  /// What each sender got, in their order.
  private func measure(_ one: ConvergedCase, _ lab: Lab, _ link: BitRate) async throws -> [Repeat] {
    let migrations = LabMigrations(
      lab: lab, executable: program.executable, source: ConvergedSender.all[0].host,
      targets: [ConvergedSender.receiver], migrations: ConvergedSender.migrations,
      memory: LabMigrations.memory(of: ConvergedSender.migrations, lasting: 2, at: link))
    let others = ConvergedSender.all.dropFirst().map { SteadyFlow(from: $0.host, to: ConvergedSender.receiver) }
    return try await program.running(one.configuration(lab.spec, link), in: lab) { probe in
      let (sent, samples) = try await lab.sending(others) {
        try await Sampler.during(probe) { try await migrations.run() }
      }
      return try ConvergedSender.all.enumerated().map { place, sender in
        let measured = MigrationMeasurement(
          sent: sent, samples: samples, linkPorts: [lab.spec.port(of: sender.host)], reorderings: 0)
        return try place == 0 ? measured.result() : measured.resultOfOthers()
      }
    }
  }

  private static func summary(_ runs: [Run]) -> String {
    guard let free = runs.utilization("free-storage"), let reserved = runs.utilization("reserved-storage") else {
      return Report.unanswered
    }
    return "Beside \(ConvergedSender.migrations) migrations storage gets \(Figure.percent(free)) of the link, and "
      + "\(Figure.percent(reserved)) with a weight of 40 of 100."
  }

  static var rules: [ClaimRule] {
    [
      ClaimRule(
        id: "converged", source: PublishedSource.tuning.rawValue,
        statement:
          "With Quality of Service and converged networks one link serves live migration, cluster and storage.",
        published: "no figure", criterion: "with weights, VM and storage each get at least 38 % of the link"
      ) { runs in
        guard let vm = runs.utilization("reserved-vm"), let storage = runs.utilization("reserved-storage") else {
          return .notRun
        }
        return .init(
          measured: "VM \(Figure.percent(vm)), storage \(Figure.percent(storage))", ratio: nil,
          holds: min(vm, storage) >= 0.38)
      },
      ClaimRule(
        id: "migrations-crowd-out", source: PublishedSource.virtualSwitch.rawValue,
        statement: "Often that 10 Gb/s is used for other types of traffic as well, such as clusters or VMs.",
        published: "no figure", criterion: "without reservations storage gets less than half of what it gets with",
        note:
          "Without weights, too, ports that contend for a rate share it about evenly here: the eight migrations of one "
          + "host crowd nobody out."
      ) { runs in
        guard let free = runs.utilization("free-storage"), let reserved = runs.utilization("reserved-storage") else {
          return .notRun
        }
        return .init(
          measured: "storage \(Figure.percent(free)) without, \(Figure.percent(reserved)) with", ratio: free / reserved,
          holds: free < reserved / 2)
      },
    ]
  }
}
