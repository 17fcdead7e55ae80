import ArgumentParser
import Control
import Glibc

/// The command line: one file a command, named after it.
@main
struct Millrace: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "millrace",
    abstract: "A virtual switch for Linux lab hosts: XDP and AF_XDP in, VMQ, vRSS, metering and QoS inside.",
    version: MillraceVersion.current,
    subcommands: [
      Run.self, Check.self, Show.self, PortCommand.self, ACLCommand.self, Meters.self, FDB.self, RSS.self, QoS.self,
      Mirror.self, MigrateCommand.self,
      ExperimentCommand.self, LabCommand.self,
    ])

  /// Runs the command named. Exit codes are those of sysexits.h: 64 usage, else as the error says, 70 when it does not.
  static func main() async {
    do {
      var command = try parseAsRoot()
      if var command = command as? any AsyncParsableCommand {
        try await command.run()
      } else {
        try command.run()
      }
    } catch let error as ControlError {
      fail(error.message, error.exitCode)
    } catch  where exitCode(for: error) == .failure && !(error is ExitCode) {
      fail("\(error)", .internal)
    } catch {
      exit(withError: error)
    }
  }

  private static func fail(_ message: String, _ code: ControlError.ExitCode) -> Never {
    OutputStream.standardError.write("millrace: \(message)\n")
    Glibc.exit(code.rawValue)
  }
}
