import Lab
import Units

/// `qemu`: a real guest, migrated by QEMU through Millrace switches in each way that QEMU knows.
public struct QEMUExperiment: Experiment {
  public let name = "qemu"
  public let summary = "a guest that QEMU migrates in each of its ways: does it live on, how long is it away"

  public init() {}

  struct Case: ExperimentCase {
    var name: String
    var label: String
    var how: QEMUMigrationSettings
    var tap = GuestTap.qemu

    private static let limit = BitRate(bitsPerSecond: 500_000_000)

    static let all = [
      Case(name: "plain", label: "one connection", how: .init()),
      Case(name: "multifd-4", label: "multifd, 4 channels", how: .init(mode: .multifd, channels: 4)),
      Case(name: "multifd-8", label: "multifd, 8 channels", how: .init(mode: .multifd, channels: 8)),
      Case(
        name: "multifd-4-zstd", label: "multifd, 4 channels, zstd",
        how: .init(mode: .multifd, channels: 4, compression: .zstd)),
      Case(name: "limited", label: "one connection, limited", how: .init(bandwidth: limit)),
      Case(name: "post-copy", label: "post-copy, limited", how: .init(mode: .postCopy, bandwidth: limit)),
      Case(name: "switch-tap", label: "one connection, tap made by the switch", how: .init(), tap: .switch),
    ]

    var scenario: Scenario {
      Scenario(
        name: name, label: label, group: "A guest of QEMU", steering: "vmq+vrss", migrations: 1, targets: 1,
        transport: how.mode.rawValue, mtu: 1500, emulatedShare: nil, link: how.bandwidth, workerCapacity: nil,
        sourcePorts: [])
    }
  }

  public func measure(_ options: ExperimentOptions) async throws -> any ReportText {
    let cases = try options.chosen(of: name, full: Case.all, quick: Array(Case.all.prefix(2)))
    let guest = GuestSettings()
    var migration = QEMUMigration(QEMUMigrationSettings(), guest: guest, kernel: try .toMeasureWith())
    var reason = ""
    let measured = try await options.measure(cases, turns: options.repeats ?? 1) { one, _ in
      (migration.how, migration.tap) = (one.how, one.tap)
      let report = try await migration.run(name: Lab.name(name))
      // KVM is tried once.
      if migration.accelerator == nil { reason = report.acceleratorReason }
      migration.accelerator = report.accelerator
      return (
        report,
        "\(report.totalMilliseconds) ms, paused for \(report.downtimeMilliseconds) ms, "
          + (report.fault.map { "DID NOT LIVE ON: \($0)" } ?? "lived on")
      )
    }
    let runs = measured.map { Run(scenario: $0.scenario, repeats: $1.map { Repeat($0) }) }
    return WrittenReport(
      title: "A guest that QEMU migrates through the switch",
      summary:
        "\(runs.count { $0.verified }) of \(runs.count) ways to migrate a guest of QEMU let it live on, without a "
        + "step lost or repeated.",
      listed: [
        .init(
          "Guest",
          "Debian's kernel and busybox, \(guest.memory), a quarter of it left alone, half of that random, and an eighth "
            + "written"),
        .init("Writes", "about \(guest.dirtyRate) a second"),
        .init("Runs under", "\(migration.accelerator?.rawValue ?? "nothing"): \(reason)"),
        .init("Hosts", "two, each with a switch: an uplink, a vNIC of the host for the migration, the guest's tap"),
      ],
      method: [
        "Time and blackout are QEMU's own (query-migrate). A run counts as verified when the guest, which counts aloud, "
          + "went on counting on its target with no step lost or repeated, and the sum of the memory it leaves alone "
          + "stayed what it was.",
        "Throughput is the bytes of frames that the source's switch gave to the network over the time of the migration.",
      ],
      runs: runs, rules: Self.rules, tables: [Self.pauses(measured)])
  }

  private static func pauses(_ measured: [(case: Case, results: [QEMUMigrationReport])]) -> Report.Table {
    func median(_ reports: [QEMUMigrationReport], _ value: (QEMUMigrationReport) -> Double?) -> String {
      Summary(reports.compactMap(value)).map { Figure.milliseconds($0.median) } ?? "-"
    }
    let each = Figure.milliseconds(QEMUMigration.pingInterval * 1000)
    return Report.Table(
      title: "Where the longest pause comes from",
      note:
        "Medians. QEMU's downtime is its source's alone; away is from the guest's standstill to its going on at the "
        + "target, by QEMU's events there. The pause is that between two answers to pings from the source's host, one "
        + "each \(each): the time away, what the guest takes to its first answer (under TCG its code is translated "
        + "anew; after post-copy the pages for it are fetched first), and up to \(each) before and after. Pings sent "
        + "while the guest is away are lost; the switches send to its new place from its first frame there on.",
      head: ["Case", "QEMU's downtime", "Away", "From there to the first answer", "Longest pause"],
      rows: measured.map { one, reports in
        [
          one.name, median(reports) { Double($0.downtimeMilliseconds) }, median(reports, \.awayMilliseconds),
          median(reports, \.firstAnswerMilliseconds), median(reports, \.longestGapMilliseconds),
        ]
      })
  }

  static var rules: [ClaimRule] {
    [
      ClaimRule(
        id: "unperceivable-downtime", source: PublishedSource.tuning.rawValue,
        statement: "Live migration moves virtual machines around with unperceivable service downtime.",
        published: "unperceivable", criterion: "plain: no second without an answer to pings"
      ) { runs in
        guard let gap = runs.named("plain")?.longestPauseMilliseconds else { return .notRun }
        return .init(measured: "longest pause \(Figure.milliseconds(gap))", ratio: nil, holds: gap < 1000)
      }
    ]
  }
}

extension GuestKernel {
  /// Throws when there is none.
  static func toMeasureWith() throws(ExperimentError) -> GuestKernel {
    do { return try find() } catch { throw ExperimentError(.unavailable, "\(error)") }
  }
}

extension Repeat {
  /// What QEMU and the guest said, but for what went by before `opening` seconds.
  init(_ report: QEMUMigrationReport, after opening: Double = 0) {
    let seconds = Double(report.totalMilliseconds) / 1000 - opening
    self.init(
      seconds: seconds, bytes: report.transferredBytes,
      goodputBitsPerSecond: Double(report.transferredBytes) * 8 / seconds, windowSeconds: seconds,
      throughputBitsPerSecond: Double(report.linkBytes) * 8 / seconds,
      blackoutMilliseconds: Double(report.downtimeMilliseconds), verified: report.livedOn, reorderings: 0, workers: [],
      series: [], longestPauseMilliseconds: report.longestGapMilliseconds)
  }
}
