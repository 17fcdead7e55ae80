import ArgumentParser
import Control
import Glibc
import Logging

/// `millrace run`: the switch in the foreground.
struct Run: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    abstract: "Run the switch in the foreground.",
    discussion: """
      Prints `ready` on a line of its own once it forwards. SIGINT, SIGTERM and SIGHUP stop it cleanly: the \
      host's network is as before. What a kill left is undone at the next start.
      """)

  @Argument(help: "The configuration file (YAML).")
  var config: String

  @Option(help: "The control socket.")
  var socket = ControlSocket.defaultPath

  @Option(help: ArgumentHelp("Serve status and metrics on this address, read-only.", valueName: "address:port"))
  var http: String?

  @Option(help: "The directory of what must survive the process.")
  var state = "/var/lib/millrace"

  @Flag(help: "Rebalancing only says what it would move, in the log and in `millrace show moves`.")
  var dryRun = false

  func run() async throws {
    do {
      var loaded = try SwitchConfig.load(path: config)
      if dryRun { loaded.makeRebalancingDry() }
      let faults = validateAgainstHost(loaded, HostFacts.current())
      if !faults.isEmpty { throw ConfigErrors(faults) }
      try await serve(loaded)
    } catch let error as ConfigErrors {
      OutputStream.standardError.write("\(error)\n")
      throw ExitCode(error.exitCode.rawValue)
    }
  }

  private func serve(_ config: SwitchConfig) async throws {
    let address = try http.map { try HTTPAddress(parsing: $0) }
    // Signals are held from here on: one that comes early stops the switch as soon as it has started.
    let signals = StopSignals()
    let log = Logger(label: "millrace") { StreamLogHandler.standardError(label: $0) }
    // Nobody may read the log any more: the switch goes on, and ends in order.
    signal(SIGPIPE, SIG_IGN)
    raiseDescriptorLimit()
    let running = try Switch(config, stateDirectory: state, log: log)
    let server = ControlServer(controller: running, path: socket, http: address, log: log)
    try await server.start()
    do { try await running.start() } catch {
      await server.stop()
      throw error
    }
    _ = Glibc.write(STDOUT_FILENO, "ready\n", 6)
    await signals.wait()
    await server.stop()
    await running.stop()
  }

  /// Sockets of workers, ports and clients add up; the soft limit is often 1,024.
  private func raiseDescriptorLimit() {
    var limit = rlimit()
    guard getrlimit(__rlimit_resource_t(RLIMIT_NOFILE.rawValue), &limit) == 0 else { return }
    limit.rlim_cur = limit.rlim_max
    setrlimit(__rlimit_resource_t(RLIMIT_NOFILE.rawValue), &limit)
  }
}

/// SIGINT, SIGTERM and SIGHUP as something to wait for.
final class StopSignals {
  private let stream: AsyncStream<Void>
  private let handlers: [SignalHandler]

  init() {
    let (stream, continuation) = AsyncStream<Void>.makeStream()
    self.stream = stream
    handlers = SignalHandler.ending { continuation.yield() }
  }

  func wait() async { for await _ in stream { return } }
}
