import Units

/// `jumbo`: large frames on neither, one and both of two paths.
public struct JumboExperiment: Experiment {
  public let name = "jumbo"
  public let summary = "frames of 1500 and 9000 bytes on one path, and on neither, one and both of two"

  let program: SwitchProgram

  public init(_ program: SwitchProgram) { self.program = program }

  public func measure(_ options: ExperimentOptions) async throws -> any ReportText {
    let all = Self.cases(link: options.link)
    let memory = Bytes(options.quick ? 512 << 20 : 1 << 30)
    let runs = try await PathBench(program: program, keys: "ingress: native, rsc: off", memory: memory).runs(
      options.chosen(of: name, full: all, quick: all), of: name, options)
    return WrittenReport(
      title: "What jumbo frames are worth", summary: Self.summary(runs),
      listed: [
        .init("Link", options.link.map { "\($0) a path" } ?? "not limited: what the CPUs carry"),
        .init("Memory", "\(memory) in one VM, random"),
        .init("Ingress", "native, segments not joined (rsc: off): each frame is handled on its own"),
        .init("Multichannel", "4 connections over each path"),
        .init("Protection", "none (--plain)"),
        .init("End to end", "an echo of 8,400 bytes that may not be fragmented passes jumbo paths and no other"),
      ],
      method: PathBench.method, runs: runs, rules: Self.rules)
  }

  static func cases(link: BitRate?) -> [PathCase] {
    func one(_ name: String, _ transport: String, _ mtus: [Int], _ label: String) -> PathCase {
      PathCase(
        name: name, label: label, group: mtus.count == 1 ? "One path" : "Two paths, multichannel",
        transport: transport, rates: mtus.map { _ in link }, mtus: mtus)
    }
    return [
      one("standard", "tcp", [1500], "1500 bytes"),
      one("jumbo", "tcp", [9000], "9000 bytes"),
      one("two-standard", "multichannel", [1500, 1500], "1500 bytes on both"),
      one("two-one-jumbo", "multichannel", [9000, 1500], "9000 bytes on one"),
      one("two-jumbo", "multichannel", [9000, 9000], "9000 bytes on both"),
    ]
  }

  private static func summary(_ runs: [Run]) -> String {
    guard let speedup = runs.speedup(from: "standard", to: "jumbo") else { return Report.unanswered }
    return "Frames of 9000 bytes make a migration over one path \(Figure.ratio(speedup)) as fast as frames of 1500, "
      + "where each frame is handled on its own."
  }

  static var rules: [ClaimRule] {
    [
      .speedup(
        "jumbo-one-path", .transports, "Jumbo frames improve speeds by 10 % or more.",
        published: "1.1 times as fast or more", ratio: 1.1, from: "standard", to: "jumbo", atLeast: 1.1,
        note: "Published where the link was the limit; here the CPUs are, and a frame costs them what it costs."),
      .speedup(
        "jumbo-second-path", .transports, "With jumbo frames on both NICs instead of one, 31 s become 28 s.",
        published: "1.11 times as fast", ratio: 31.0 / 28, from: "two-one-jumbo", to: "two-jumbo", atLeast: 1.05),
      .speedup(
        "jumbo-none-to-one", .transports,
        "Of two NICs, the one with jumbo frames carries more: jumbo frames do matter.", published: "no figure",
        ratio: nil, from: "two-standard", to: "two-one-jumbo", atLeast: 1.05),
    ]
  }
}
