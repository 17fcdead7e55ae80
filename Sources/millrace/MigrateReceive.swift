import ArgumentParser
import Glibc
import Migration
import Units

/// `millrace migrate receive`: takes VMs in.
struct MigrateReceive: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "receive", abstract: "Take VMs in.",
    discussion: """
      Prints 'ready' on its own line once it listens (with --json on standard error), then a line for each VM. A VM \
      runs here from its hand-over until it is verified, and is then dropped; with --keep it runs on until the end.
      """)

  @Option(
    help: ArgumentHelp("Where to listen, e.g. 0.0.0.0:7000 or [::]:7000.", valueName: "address:port"),
    transform: Endpoint.init(parsing:))
  var listen: Endpoint

  @Option(help: ArgumentHelp("End after this many migrations; left out: on SIGINT or SIGTERM.", valueName: "n"))
  var count: Int?

  @Option(
    help: ArgumentHelp("Memory for VMs in all; left out: 80% of what is available now.", valueName: "size"),
    transform: Bytes.init(parsing:))
  var memoryLimit: Bytes?

  @OptionGroup var security: MigrateSecurityOptions

  @Option(help: ArgumentHelp("Migrations at a time; others wait at their sources.", valueName: "n"))
  var simultaneous: Int?

  @Option(
    help: ArgumentHelp("No migration begins while this host's CPUs are busier.", valueName: "share"),
    transform: Share.init(parsing:))
  var cpuLimit: Share?

  @Option(
    name: .customLong("drain-to"),
    help: ArgumentHelp(
      "Where the VMs that run here go on SIGUSR1, the host's addresses in order of preference; may be repeated.",
      valueName: "address:port,…"),
    transform: MigrateSend.addresses)
  var drainTargets: [[Endpoint]] = []

  @Flag(help: "VMs run on here once they are verified.")
  var keep = false

  @Flag(help: "Print one JSON object when it ends.")
  var json = false

  func validate() throws {
    guard count ?? 1 > 0 else { throw ValidationError("--count is 1 or more.") }
    guard drainTargets.isEmpty || keep else { throw ValidationError("--drain-to needs --keep.") }
    guard simultaneous ?? 1 > 0 else { throw ValidationError("--simultaneous is 1 or more.") }
  }

  func run() async throws {
    let json = json
    // VMs run here, whoever reads what it prints.
    signal(SIGPIPE, SIG_IGN)
    let target: MigrationTarget
    do {
      let options = MigrationTarget.Options(
        memoryLimit: try limit(), security: try security.security(), keepsRunning: keep, simultaneous: simultaneous,
        cpuLimit: cpuLimit?.fraction)
      target = try MigrationTarget(listen: listen, options: options) {
        Self.tell($0, json: json)
      }
    } catch {
      throw MigrateCommand.unavailable(error)
    }
    let stop = SignalHandler.ending { target.stop() }
    let drain = try drainOnSignal(target)
    defer { drain?.cancel() }
    (json ? OutputStream.standardError : OutputStream.standardOutput).write("ready\n")
    let received = target.run(count: count)
    for handler in stop { handler.cancel() }
    if json { try OutputStream.standardOutput.write(json: ReceivedReport(received), pretty: false) }
    if !received.allSatisfy(\.verified) { throw ExitCode(69) }
  }

  /// On SIGUSR1 everything that runs here or is on its way here goes elsewhere, several at a time; then it ends, unless
  /// something stayed.
  private func drainOnSignal(_ target: MigrationTarget) throws -> SignalHandler? {
    guard !drainTargets.isEmpty else { return nil }
    let (targets, transport) = (drainTargets, TransportOptions(security: try security.security()))
    return SignalHandler(SIGUSR1) {
      var random = SystemRandomNumberGenerator()
      do {
        let report = try target.drain(to: targets, simultaneous: 2, transport: transport, using: &random)
        OutputStream.standardError.attempt(MigrateTable.text(report))
        for failure in report.migrations.compactMap(\.failure) {
          OutputStream.standardError.attempt("millrace: \(failure)\n")
        }
        if target.isEmpty { target.stop() }
      } catch {
        OutputStream.standardError.attempt("millrace: \(error)\n")
      }
    }
  }

  private func limit() throws(MigrationError) -> Bytes {
    if let memoryLimit { return memoryLimit }
    guard let available = Bytes.availableOnHost() else {
      throw MigrationError("--memory-limit", "this host does not say how much memory is free", fix: "write e.g. 4GiB")
    }
    return Bytes(available.count / 5 * 4)
  }

  private static func tell(_ event: MigrationTarget.Event, json: Bool) {
    switch event {
    case .stranger(let line): OutputStream.standardError.attempt("millrace: \(line)\n")
    case .ended(let one):
      if let failure = one.failure {
        OutputStream.standardError.attempt("millrace: \(failure)\n")
      } else if !json {
        OutputStream.standardOutput.attempt(
          "\(one.vm) from \(one.source): \(Bytes(one.memoryBytes)) in \(MigrateTable.seconds(one.seconds)), verified\n")
      }
    }
  }
}
