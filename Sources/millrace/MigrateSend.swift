import ArgumentParser
import Glibc
import Migration
import Units

/// `millrace migrate send`: makes VMs whose memory is written all the time, and moves them.
struct MigrateSend: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "send", abstract: "Make VMs whose memory is written, and move them to targets while they run.",
    discussion: """
      Example: millrace migrate send --vm 256MiB --count 4 --dirty-rate 50MiB --to 10.0.0.2:7000 --key lab.key

      SIGINT cancels: VMs that are not handed over stay. SIGUSR1 stops copying for a while, SIGUSR2 goes on.

      Exit code 0 says that every VM runs on its target and that the digests of all its memory are equal.
      """)

  @Option(
    name: .customLong("vm"), help: ArgumentHelp("Memory of a VM; may be repeated.", valueName: "size"),
    transform: Bytes.init(parsing:))
  var vms: [Bytes]

  @Option(help: ArgumentHelp("So many of each --vm.", valueName: "n"))
  var count = 1

  @Option(
    name: .customLong("to"),
    help: ArgumentHelp(
      "A target, by its addresses in order of preference; may be repeated, VMs are dealt in turn.",
      valueName: "address:port,…"),
    transform: Self.addresses)
  var targets: [[Endpoint]]

  @Option(help: ArgumentHelp("Migrations at a time; left out: all.", valueName: "n"))
  var simultaneous: Int?

  @Option(
    name: .customLong("source-port"),
    help: ArgumentHelp("One port for each VM, so that flow hashes are known.", valueName: "p,p…"),
    transform: Self.ports)
  var sourcePorts: [[UInt16]] = []

  @OptionGroup var security: MigrateSecurityOptions

  @OptionGroup(title: "Over what VMs are sent") var transport: MigrateTransportOptions

  @OptionGroup(title: "What a VM's memory holds and how it is written") var memory: MigrateMemoryOptions

  @OptionGroup(title: "When VMs are paused") var pausing: MigratePausingOptions

  @Flag(help: "Print one JSON object.")
  var json = false

  func validate() throws {
    guard count > 0 else { throw ValidationError("--count is 1 or more.") }
  }

  func run() async throws {
    var over = transport.options(.plain)
    over.postCopy = pausing.postCopy != nil
    let plan: SendPlan
    do {
      plan = try SendPlan(
        vms: memory.profiles(vms.flatMap { Array(repeating: $0, count: count) }), targets: targets,
        sourcePorts: sourcePorts.flatMap { $0 }, portsEach: { over.sourcePorts(paths: $0) }, simultaneous: simultaneous)
    } catch {
      throw MigrateCommand.usage(error)
    }
    let report: MigrationReport
    do {
      var random = SystemRandomNumberGenerator()
      over.security = try security.security()
      let run = try MigrationRun(plan, rule: pausing.rule, transport: over, using: &random)
      let bar = MigrateProgressBar(run)
      let signals = Self.obeySignals(run.control)
      report = run.migrate()
      for handler in signals { handler.cancel() }
      bar?.end()
    } catch {
      throw MigrateCommand.unavailable(error)
    }
    if json {
      try OutputStream.standardOutput.write(json: report, pretty: false)
    } else {
      OutputStream.standardOutput.write(MigrateTable.text(report))
    }
    for failure in report.migrations.compactMap(\.failure) {
      OutputStream.standardError.write("millrace: \(failure)\n")
    }
    if !report.allVerified { throw ExitCode(69) }
  }

  private static func obeySignals(_ control: MigrationControl) -> [SignalHandler] {
    SignalHandler.ending(control.cancel)
      + [SignalHandler(SIGUSR1, handler: control.pause), SignalHandler(SIGUSR2, handler: control.resume)]
  }

  static func addresses(_ text: String) throws -> [Endpoint] {
    try text.split(separator: ",", omittingEmptySubsequences: false).map { try Endpoint(parsing: String($0)) }
  }

  private static func ports(_ text: String) throws -> [UInt16] {
    try text.split(separator: ",", omittingEmptySubsequences: false).map { part in
      guard let port = UInt16(part), port > 0 else {
        throw MigrationError("'\(part)'", "is not a port", fix: "write e.g. 40001,40002")
      }
      return port
    }
  }
}
