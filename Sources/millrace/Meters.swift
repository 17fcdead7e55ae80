import ArgumentParser
import Control
import FoundationEssentials
import Glibc

/// `millrace meters`: what meter rules counted.
struct Meters: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "meters", abstract: "Report what meters counted, or set them to zero.",
    subcommands: [MetersReport.self, MetersReset.self])
}

struct MetersReport: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "report",
    abstract: "Report what meters counted: port, local, remote, direction, total.",
    discussion: """
      Bytes are those of Ethernet frames without FCS. 'out' counts what the port's rules let pass, 'in' what its output \
      accepted. Rows of rules that were removed stay until they are reset. What is printed is on disk.
      """)
  @Option(help: ArgumentHelp("Only this port's.", valueName: "name"), transform: portName)
  var port: String?

  @Option(
    help: ArgumentHelp(
      "Only what was counted since: a time ago (90s, 15min, 2h, 7d) or a moment (2026-01-31T12:00:00Z). To the minute "
        + "within a day, to the hour within a month.", valueName: "time"), transform: Moment.init)
  var since: Moment?

  @OptionGroup var form: MeterForm
  @OptionGroup var socket: SocketOption

  func run() async throws {
    try form.write(try await socket.client.meterReport(port: port, since: since?.seconds))
  }
}

struct MetersReset: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "reset",
    abstract: "Set meters to zero and report what they had counted; each frame is in one such report.")
  @Option(help: ArgumentHelp("Only this port's.", valueName: "name"), transform: portName)
  var port: String?
  @Option(help: ArgumentHelp("Only those of this name.", valueName: "name"))
  var meter: String?
  @OptionGroup var form: MeterForm
  @OptionGroup var socket: SocketOption

  func run() async throws {
    try form.write(try await socket.client.resetMeters(port: port, meter: meter))
  }
}

/// How a report of meters is printed.
struct MeterForm: ParsableArguments {
  @Flag(help: "Print CSV, totals in bytes.")
  var csv = false
  @Flag(help: "Print JSON: one object.")
  var json = false

  func validate() throws {
    if csv && json { throw ValidationError("Give --csv or --json, not both.") }
  }

  func write(_ report: MeterReport) throws {
    let output = OutputStream.standardOutput
    if json { return try output.write(json: report) }
    if csv { return output.write(report.csv) }
    let since = report.since.map { "since \(Date(timeIntervalSince1970: Double($0)).formatted(.iso8601))\n\n" } ?? ""
    output.write(since + report.text)
  }
}

/// A moment, as a user writes it: a time ago, or in ISO 8601.
struct Moment {
  /// Since 1970.
  let seconds: Int

  private static let units: [(name: String, seconds: Double)] = [
    ("s", 1), ("min", 60), ("h", 3600), ("d", 86400),
  ]

  @Sendable init(_ text: String) throws {
    let digits = text.prefix { $0.isNumber || $0 == "." }
    let unit = Self.units.first { $0.name == text.dropFirst(digits.count) }
    if let number = Double(digits), let unit, let ago = Int(exactly: (number * unit.seconds).rounded()) {
      seconds = max(0, Glibc.time(nil) - ago)
    } else if let date = try? Date(text, strategy: .iso8601) {
      seconds = Int(date.timeIntervalSince1970)
    } else {
      throw ValidationError("'\(text)' is no time: write e.g. 15min, 2h, 7d or 2026-01-31T12:00:00Z")
    }
  }
}
