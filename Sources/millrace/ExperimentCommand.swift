import ArgumentParser
import Control
import Foundation
import Lab
import Measure
import Units

/// `millrace experiment`: measures arrangements against each other and writes what came out.
struct ExperimentCommand: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "experiment", abstract: "Run arrangements side by side and write a report.",
    subcommands: [ExperimentList.self, ExperimentRun.self])

  /// Every experiment, by name.
  static var all: [any Experiment] {
    let program = SwitchProgram(executable: Bundle.main.executablePath ?? CommandLine.arguments[0]) {
      ExperimentProbe(client: ControlClient(path: $0))
    }
    return [
      SpreadExperiment(program), DynamicExperiment(program), TeamExperiment(program), BandwidthExperiment(program),
      TransportExperiment(program), JumboExperiment(program), NativeExperiment(program), PowerExperiment(program),
      ConvergedExperiment(program), BesideExperiment(program), QEMUExperiment(),
      EngineExperiment(program),
    ]
  }
}

/// `millrace experiment list`.
struct ExperimentList: ParsableCommand {
  static let configuration = CommandConfiguration(commandName: "list", abstract: "Name the experiments.")

  func run() {
    let all = ExperimentCommand.all
    let width = all.map(\.name.count).max() ?? 0
    for one in all {
      let padding = String(repeating: " ", count: width - one.name.count)
      OutputStream.standardOutput.write("\(one.name)\(padding)  \(one.summary)\n")
    }
  }
}

/// `millrace experiment run`.
struct ExperimentRun: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "run", abstract: "Run experiments and write a report of each.",
    discussion: """
      Writes report.json and index.html, one page that opens without a network. With one name they go to DIR, with \
      several to DIR/NAME, and DIR gets a page with the claims of all. 'all' runs every experiment. Needs root: hosts are \
      network namespaces, gone again when it ends.
      """)

  @Argument(help: ArgumentHelp("What to run, or all; see `experiment list`.", valueName: "name"))
  var names: [String]

  @Option(help: ArgumentHelp("The folder of the report.", valueName: "dir"))
  var out: String

  @Flag(help: "Fewer cases, each once: the headline within three minutes.")
  var quick = false

  @Option(
    help: ArgumentHelp(
      "How often each case is measured; left out: as each experiment says, with --quick once.", valueName: "n"))
  var repeats: Int?

  @Option(
    name: .customLong("case"),
    help: ArgumentHelp("Only this case, by the name the report gives it; may be repeated.", valueName: "case"))
  var cases: [String] = []

  @Option(
    help: ArgumentHelp(
      """
      The link's rate, of experiments that limit one; left out: as each experiment says, in spread and beside so that \
      one emulated core carries about 40% of it.
      """,
      valueName: "rate"),
    transform: BitRate.init(parsing:))
  var link: BitRate?

  @Option(
    help: ArgumentHelp(
      "The share of a CPU of each emulated core, in spread, beside and dynamic; left out: as each experiment says.",
      valueName: "share"),
    transform: Share.init(parsing:))
  var emulatedShare: Share?

  @Option(
    help: ArgumentHelp(
      "MTU of the hosts' links, in spread, beside, dynamic and qos; left out: as each experiment says.",
      valueName: "bytes"))
  var mtu: Int?

  func validate() throws {
    guard !names.isEmpty else { throw ValidationError("name an experiment; see `millrace experiment list`.") }
    for name in chosen where !ExperimentCommand.all.contains(where: { $0.name == name }) {
      throw ValidationError("experiment '\(name)': there is none of this name; see `millrace experiment list`.")
    }
    guard (1280...9198).contains(mtu ?? 1500) else { throw ValidationError("--mtu is 1280 to 9198.") }
    guard repeats ?? 1 > 0 else { throw ValidationError("--repeats is 1 or more.") }
    guard cases.isEmpty || chosen.count == 1 else { throw ValidationError("--case needs one experiment's name alone.") }
  }

  func run() async throws {
    guard geteuid() == 0 else {
      throw ControlError.noPermission("experiment: network namespaces need root; run it with sudo")
    }
    do {
      // Before the runs, not after: without the chart library there is no page.
      let writer = try ReportWriter()
      let folder = URL(filePath: out, directoryHint: .isDirectory)
      var reports: [Report] = []
      for name in chosen {
        let stopped = ExperimentError(.failed, "experiment: stopped by a signal; its hosts are removed")
        let report = try await SignalHandler.cancelling(orThrow: stopped) { try await self.measure(name) }
        let page = try writer.write(report, to: chosen.count == 1 ? folder : folder.appending(path: name))
        OutputStream.standardOutput.write(ExperimentTable.text(report) + "\nreport: \(page.path)\n")
        reports.append(report)
      }
      if reports.count > 1 {
        let page = try writer.write(ClaimsReport(reports).report, to: folder)
        OutputStream.standardOutput.write("\nall claims: \(page.path)\n")
      }
    } catch let error as ExperimentError {
      switch error.kind {
      case .unavailable: throw ControlError.unavailable("\(error)")
      case .usage: throw ControlError.usage("\(error)")
      case .failed: throw ControlError.internal("\(error)")
      }
    } catch let error as LabError {
      throw ControlError.unavailable("\(error)")
    }
  }

  private var chosen: [String] { names == ["all"] ? ExperimentCommand.all.map(\.name) : names }

  private func measure(_ name: String) async throws -> Report {
    guard let experiment = ExperimentCommand.all.first(where: { $0.name == name }) else {
      throw ControlError.usage("experiment '\(name)': there is none of this name")
    }
    let options = ExperimentOptions(
      quick: quick, repeats: repeats, cases: cases.isEmpty ? nil : Set(cases), link: link, emulatedShare: emulatedShare,
      mtu: mtu,
      machine: .this(millraceVersion: MillraceVersion.current)
    ) { OutputStream.standardError.write("\($0)\n") }
    return try await experiment.run(options)
  }
}
