import ArgumentParser
import Glibc

/// Makes, counts and checks traffic, for tests and benchmarks of a switch. Every command prints JSON.
///
/// Commands that receive print `ready` on standard error once they do. SIGINT and SIGTERM end a command early; it then
/// prints what it has.
@main
struct Traffic: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "traffic", abstract: "Make, count and check traffic.",
    subcommands: [Flood.self, Sink.self, Datagrams.self, Number.self, Bulk.self, Raw.self])

  static func main() {
    do {
      var command = try parseAsRoot()
      StopRequest.install()
      try command.run()
    } catch let error as TrafficError {
      Output.complain("traffic: \(error)")
      Glibc.exit(error.exitCode)
    } catch {
      exit(withError: error)
    }
  }
}
