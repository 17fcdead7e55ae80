import Lab
import Units

/// `native`: the same migrations over the plain link and through the switch.
public struct NativeExperiment: Experiment {
  public let name = "native"
  public let summary = "one migration and four, over the plain link and through the switch: what the switch costs"

  let program: SwitchProgram

  public init(_ program: SwitchProgram) { self.program = program }

  public func measure(_ options: ExperimentOptions) async throws -> any ReportText {
    let all = Self.cases(link: options.link)
    let memory = Bytes(options.quick ? 1 << 30 : 2 << 30)
    let runs = try await PathBench(program: program, memory: memory).runs(
      options.chosen(of: name, full: all, quick: all), of: name, options)
    return WrittenReport(
      title: "What the switch costs a migration", summary: Self.summary(runs),
      listed: [
        .init("Link", options.link.map { "\($0)" } ?? "not limited: what the CPUs carry"),
        .init("Memory", "\(memory) in one VM or in four, random"),
        .init("Plain link", "the kernel's bridge between the two hosts' veth links; it counts a super-frame once"),
        .init("Protection", "none (--plain)"),
      ],
      method: PathBench.method, runs: runs, rules: Self.rules)
  }

  static func cases(link: BitRate?) -> [PathCase] {
    [1, 4].flatMap { count in
      [LabSpec.Fabric.bridge, .millrace].map { fabric in
        PathCase(
          name: (fabric == .bridge ? "native" : "switch") + "-\(count)",
          label: fabric == .bridge ? "plain link" : "through the switch",
          group: count == 1 ? "One migration" : "Four migrations", migrations: count, rates: [link], mtus: [1500],
          fabric: fabric)
      }
    }
  }

  private static func summary(_ runs: [Run]) -> String {
    guard let plain = runs.seconds("native-4"), let through = runs.seconds("switch-4") else {
      return Report.unanswered
    }
    return "Four simultaneous migrations take \(Figure.seconds(plain)) over the plain link and "
      + "\(Figure.seconds(through)) through the switch."
  }

  static var rules: [ClaimRule] {
    [
      .speedup(
        "native-against-switch", .virtualSwitch,
        "Without the virtual switch the same simultaneous migrations use all 10 Gb/s, with it around 4.5 Gb/s.",
        published: "2.2 times as fast without", ratio: 10 / 4.5, from: "switch-4", to: "native-4", atLeast: 1.8,
        note: "Here workers on all cores forward for the host vNIC, and super-frames pass whole; with one core for it, "
          + "as published, see the experiment spread."),
      .speedup(
        "several-to-fill", .virtualSwitch, "A single migration does not consume the link; three to four do.",
        published: "2.5 times the throughput", ratio: 2.5, from: "native-1", to: "native-4", atLeast: 1.5,
        note: "The time of the same memory in one VM and in four. Source, target and link share the machine's cores "
          + "here."),
    ]
  }
}
