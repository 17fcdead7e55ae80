import Units

/// `transport`: what TCP, compression and multichannel are worth, for one large VM and for six small ones.
public struct TransportExperiment: Experiment {
  public let name = "transport"
  public let summary = "one large VM and six small ones over tcp, compression and multichannel: seconds of each"

  let program: SwitchProgram

  public init(_ program: SwitchProgram) { self.program = program }

  public func measure(_ options: ExperimentOptions) async throws -> any ReportText {
    let link = options.link ?? BitRate(bitsPerSecond: 500_000_000)
    let memory = LabMigrations.memory(of: 1, lasting: options.quick ? 2 : 4, at: link)
    let compressible = Share(fraction: 0.5)
    let all = Self.cases(link: link)
    let runs = try await PathBench(program: program, memory: memory, compressible: compressible).runs(
      options.chosen(of: name, full: all, quick: all), of: name, options)
    return WrittenReport(
      title: "What compression and multichannel are worth", summary: Self.summary(runs),
      highlights: Self.highlights(runs),
      listed: [
        .init("Link", "\(link) a path, frames without FCS, preamble and gap"),
        .init("Memory", "\(memory), in one VM or in six"),
        .init("Contents", "10 % zeros, \(compressible) of pages that compress to a quarter, the rest random"),
        .init("Writers", "a twentieth of each VM's memory a second while it is copied"),
        .init("Multichannel", "4 connections over each path"),
        .init("Protection", "none (--plain)"),
      ],
      method: PathBench.method, runs: runs, rules: Self.rules)
  }

  static func cases(link: BitRate) -> [PathCase] {
    let half = BitRate(bitsPerSecond: link.bitsPerSecond / 2)
    return [(1, "one large VM"), (6, "six VMs")].flatMap { count, words in
      let ends = count == 1 ? "" : "-\(count)"
      func one(_ name: String, _ transport: String, _ rates: [BitRate], _ label: String) -> PathCase {
        PathCase(
          name: name + ends, label: label, group: "Seconds: \(words)", transport: transport, migrations: count,
          rates: rates, mtus: rates.map { _ in 1500 })
      }
      return [
        one("tcp", "tcp", [link], "tcp, one path"),
        one("compression", "compression", [link], "compression, one path"),
        one("multichannel", "multichannel", [link, link], "multichannel, two paths"),
        one("multichannel-half", "multichannel", [link, half], "multichannel, second path at half the rate"),
        one("both", "compression+multichannel", [link, link], "compression and multichannel, two paths"),
      ]
    }
  }

  private static func summary(_ runs: [Run]) -> String {
    func ratio(_ name: String) -> String? { runs.speedup(from: "tcp", to: name).map(Figure.ratio) }
    guard let compression = ratio("compression"), let multichannel = ratio("multichannel"), let both = ratio("both")
    else { return Report.unanswered }
    return "One large VM, against one TCP connection over one path: compression is \(compression) as fast, a second "
      + "path \(multichannel), both together \(both)."
  }

  private static func highlights(_ runs: [Run]) -> [Report.Highlight] {
    [
      ("compression", "as fast as tcp: compression over the same path"),
      ("multichannel", "as fast as tcp: a second path, multichannel"),
      ("both", "as fast as tcp: both, which Windows Server could not combine"),
    ].compactMap { name, meaning in
      runs.speedup(from: "tcp", to: name).map { .init(Figure.ratio($0), meaning) }
    }
  }

  static var rules: [ClaimRule] {
    [
      .speedup(
        "compression-halves", .transports, "Compression basically slashes the live migration times in half.",
        published: "2 times as fast", ratio: 2, from: "tcp", to: "compression", atLeast: 1 / 0.6,
        note: "How far memory compresses decides: of what is not zeros, 56 % compresses to a quarter here, so that no "
          + "compressor passes 1.7."),
      .speedup(
        "compression-halves-six", .transports, "The same with six VMs that migrate simultaneously.",
        published: "12-14 s for 6 VMs of 9 GB", ratio: nil, from: "tcp-6", to: "compression-6", atLeast: 1 / 0.6),
      .speedup(
        "second-path", .transports, "Multichannel over two NICs: 54 s with one, 28 s with two.",
        published: "1.93 times as fast",
        ratio: 54.0 / 28, from: "tcp", to: "multichannel", atLeast: 1.9),
      .speedup(
        "second-path-six", .transports, "Multichannel also serves six smaller VMs.", published: "no figure", ratio: nil,
        from: "tcp-6", to: "multichannel-6", atLeast: 1.8),
      .speedup(
        "unequal-paths", .transports, "A second path that is slower still helps: both fill.",
        published: "31 against 54 s",
        ratio: 54.0 / 31, from: "tcp", to: "multichannel-half", atLeast: 1.4,
        note: "The published second NIC lacked jumbo frames; here it has half the rate."),
      ClaimRule(
        id: "not-combined", source: PublishedSource.transports.rawValue,
        statement: "Do note that you cannot combine compression with Multichannel.", published: "not possible",
        criterion: "both together no faster than multichannel alone; a no means that the limit is gone"
      ) { runs in
        guard let together = runs.speedup(from: "multichannel", to: "both") else { return .notRun }
        return .init(
          measured: "together \(Figure.ratio(together)) as fast as multichannel alone", ratio: together,
          holds: together <= 1.05)
      },
      ClaimRule(
        id: "saw-tooth", source: PublishedSource.transports.rawValue,
        statement: "A migration over one NIC shows a jig-saw effect and does not push the bandwidth to the limit.",
        published: "no figure", criterion: "coefficient of variation of 100 ms samples above 10 %"
      ) { runs in
        guard let roughness = runs.named("tcp")?.representative.roughness else { return .notRun }
        return .init(
          measured: "coefficient of variation \(Figure.percent(roughness))", ratio: roughness, holds: roughness > 0.1)
      },
      .notMeasurable(
        "rdma", .tuning, "SMB Direct (RDMA) moves a VM of 56 GB at up to 20 Gb/s.", published: "56 GB in under 36 s",
        why: "there is no RDMA NIC; it would need one and a verbs transport"),
    ]
  }
}
