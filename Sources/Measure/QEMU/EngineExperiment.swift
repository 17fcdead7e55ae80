import Lab
import Units

/// `engine`: the same memory over the same path, migrated by QEMU and by Millrace.
///
/// A guest boots, fills memory, and is stopped, so that the CPU time of an emulated processor is not charged to QEMU and
/// nothing is written. Its memory, byte for byte as QEMU sees it (`pmemsave`), is what `migrate send --image` then sends
/// between the same two hosts, through the same two switches, when both QEMUs are gone.
public struct EngineExperiment: Experiment {
  public let name = "engine"
  public let summary = "the same memory over the same path, migrated by QEMU and by Millrace: seconds of each"

  let program: SwitchProgram

  public init(_ program: SwitchProgram) { self.program = program }

  struct Case: ExperimentCase {
    var name: String
    var label: String
    var qemu: QEMUMigrationSettings
    /// As `migrate send` has it.
    var transport: String
    var more: [String] = []

    static let all = [
      Case(name: "plain", label: "one connection", qemu: .init(), transport: "tcp"),
      Case(
        name: "multiple", label: "4 connections", qemu: .init(mode: .multifd, channels: 4), transport: "multichannel"),
      // Level 1 is QEMU's own choice.
      Case(
        name: "zstd", label: "4 connections, zstd",
        qemu: .init(mode: .multifd, channels: 4, compression: .zstd), transport: "compression+multichannel",
        more: ["--compression-level", "zstd1"]),
    ]

    func run(_ engine: String, _ transport: String, _ repeats: [Repeat]) -> Run {
      Run(
        scenario: Scenario(
          name: "\(name)-\(engine.lowercased())", label: engine,
          group: label.prefix(1).uppercased() + label.dropFirst(),
          steering: "vmq+vrss", migrations: 1, targets: 1, transport: transport, mtu: 1500, emulatedShare: nil,
          link: nil, workerCapacity: nil, sourcePorts: []),
        repeats: repeats)
    }
  }

  /// What Millrace's migration said.
  struct Ours: Sendable {
    var result: Repeat
    var openingSeconds: Double
  }

  public func measure(_ options: ExperimentOptions) async throws -> any ReportText {
    let cases = try options.chosen(of: name, full: Case.all, quick: Case.all)
    let guest = GuestSettings(memory: Bytes(options.quick ? 512 << 20 : 1 << 30))
    var migration = QEMUMigration(
      QEMUMigrationSettings(), guest: guest, tap: .switch, kernel: try .toMeasureWith())
    migration.precedence = Precedence.command()
    let measured = try await options.measure(cases, turns: options.turns(usual: 5)) { one, _ in
      migration.how = one.qemu
      let (report, ours) = try await migration.run(name: Lab.name(name)) { made, image in
        try await migrate(image, guest.memory, one, in: made)
      }
      // KVM is tried once.
      migration.accelerator = report.accelerator
      // Their total begins before anything is sent; what goes by until then is no part of ours.
      let theirs = Repeat(report, after: Double(report.setupMilliseconds) / 1000)
      return ((theirs, ours), "QEMU \(Figure.seconds(theirs.seconds)), Millrace \(Figure.seconds(ours.result.seconds))")
    }
    let runs = measured.flatMap { one, results in
      [
        one.run("QEMU", one.qemu.mode.rawValue, results.map(\.0)),
        one.run("Millrace", one.transport, results.map(\.1.result)),
      ]
    }
    return WrittenReport(
      title: "The same memory, migrated by QEMU and by Millrace", summary: Self.summary(runs, cases),
      listed: [
        .init(
          "Memory",
          "\(guest.memory) of a guest: an eighth random, an eighth compresses to about 0.6, an eighth random and written "
            + "before; the kernel and its page tables; the rest zeros"),
        .init("Path", "two hosts, each with a switch; from host vNIC to host vNIC"),
        .init("QEMU", "pre-copy without a limit; the guest is stopped while it migrates"),
        .init("Protection", "none (--plain); QEMU has none either"),
      ],
      method: [
        "In each turn a guest boots, fills its memory and is stopped, QEMU migrates it, and then Millrace migrates the "
          + "same bytes between the same hosts, both at the same priority. The guest goes on at its target and must count "
          + "on with the right sum; Millrace's migration must end with equal digests.",
        "Both targets have touched all of the memory before the first page comes: QEMU's when it starts (-mem-prealloc), "
          + "Millrace's while its source is connecting. Seconds are QEMU's total without its setup, and of Millrace from "
          + "the first byte to the target's word that it has all memory and that its digest is right; QEMU does not "
          + "compare digests. What connecting took is told apart: it is no part of the seconds.",
      ],
      runs: runs, rules: [], tables: [Self.openings(measured)])
  }

  private static func openings(_ measured: [(case: Case, results: [(Repeat, Ours)])]) -> Report.Table {
    Report.Table(
      title: "Before the first page",
      note:
        "Medians, of Millrace: connecting, and the target's touching all of its memory, which costs what the machine "
        + "takes to come up with it.",
      head: ["Case", "Connecting", "Migrating"],
      rows: measured.map { one, results in
        [results.map(\.1.openingSeconds), results.map(\.1.result.seconds)].reduce(into: [one.name]) { row, seconds in
          row.append(Summary(seconds).map { Figure.seconds($0.median) } ?? "-")
        }
      })
  }

  private func migrate(_ image: String, _ memory: Bytes, _ one: Case, in made: QEMULab) async throws -> Ours {
    let before = try await made.sentBytes(from: QEMULab.source)
    let sent = try await LabMigrations(
      lab: made.lab, executable: program.executable, source: QEMULab.source, targets: [QEMULab.target], migrations: 1,
      memory: memory, contents: ["--image", image], dirtyRate: Bytes(0), transport: one.transport, more: one.more
    ).run()
    let crossed = try await made.sentBytes(from: QEMULab.source) - before
    guard let migration = sent.migrations.first, migration.verified else {
      throw ExperimentError(.failed, "\(one.name): \(sent.migrations.first?.failure ?? "nothing was migrated")")
    }
    let result = Repeat(
      seconds: sent.seconds, bytes: sent.bytes, goodputBitsPerSecond: sent.goodputBitsPerSecond,
      windowSeconds: sent.seconds, throughputBitsPerSecond: Double(crossed) * 8 / sent.seconds,
      blackoutMilliseconds: migration.blackoutMilliseconds, verified: migration.verified, reorderings: 0, workers: [],
      series: [])
    return Ours(result: result, openingSeconds: migration.openingSeconds)
  }

  private static func summary(_ runs: [Run], _ cases: [Case]) -> String {
    let told = cases.compactMap { one in
      runs.speedup(from: "\(one.name)-qemu", to: "\(one.name)-millrace").map { "\(one.label) \(Figure.ratio($0))" }
    }
    return told.isEmpty
      ? Report.unanswered : "How many times as fast as QEMU Millrace is: \(told.joined(separator: "; "))."
  }
}
