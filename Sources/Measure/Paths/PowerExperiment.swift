import Units

/// `power`: migrations while CPUs may go to their idle states, and while they are kept from them.
public struct PowerExperiment: Experiment {
  public let name = "power"
  public let summary = "a migration while CPUs may sleep, and while they are held awake (cpu_dma_latency)"

  let program: SwitchProgram

  public init(_ program: SwitchProgram) { self.program = program }

  public func measure(_ options: ExperimentOptions) async throws -> any ReportText {
    let states = IdleStates.names
    let memory = Bytes(options.quick ? 1 << 30 : 2 << 30)
    let all = [false, true].map { isAwake in
      PathCase(
        name: isAwake ? "awake" : "as-it-is", label: isAwake ? "CPUs held awake" : "as the machine is set",
        group: "One migration", rates: [options.link], mtus: [1500], isAwake: isAwake)
    }
    let cases = try options.chosen(of: name, full: all, quick: all)
    let runs =
      states.isEmpty
      ? [] : try await PathBench(program: program, memory: memory).runs(cases, of: name, options)
    return WrittenReport(
      title: "What idle states of the CPUs cost a migration", summary: Self.summary(runs, states),
      listed: [
        .init("Idle states", states.isEmpty ? "none that this machine can tell of" : states.joined(separator: ", ")),
        .init("Memory", "\(memory) in one VM, random"),
      ],
      method: PathBench.method, runs: runs, notRun: states.isEmpty ? cases.map(\.label) : [], rules: Self.rules(states))
  }

  private static func summary(_ runs: [Run], _ states: [String]) -> String {
    guard !states.isEmpty else { return "Not measurable here: \(noStates)." }
    guard let speedup = runs.speedup(from: "as-it-is", to: "awake") else { return Report.unanswered }
    return "With CPUs held awake a migration is \(Figure.ratio(speedup)) as fast."
  }

  private static let noStates = "this machine has no idle states of its own, its hypervisor keeps them to itself"

  static func rules(_ states: [String]) -> [ClaimRule] {
    let statement = "With C-states off and power settings for speed, and jumbo frames, 70 s become 54 s."
    let published = "1.3 times as fast, both together"
    guard !states.isEmpty else {
      return [.notMeasurable("power", .transports, statement, published: published, why: noStates)]
    }
    return [
      .speedup(
        "power", .transports, statement, published: published, ratio: 70.0 / 54, from: "as-it-is", to: "awake",
        atLeast: 1.05)
    ]
  }
}
