import ArgumentParser
import Migration
import Units

/// `millrace migrate`: moves the memory of running VMs from one host to another, and measures it.
struct MigrateCommand: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "migrate", abstract: "Move running VMs between hosts and measure it.",
    subcommands: [MigrateReceive.self, MigrateSend.self, MigrateQEMU.self, MigratePlan.self, MigrateKey.self])

  /// Wrong use of the command line: 64, with the fault in one line.
  static func usage(_ error: MigrationError) -> ExitCode {
    OutputStream.standardError.write("millrace: \(error)\n")
    return ExitCode(64)
  }

  /// A host, address or amount of memory that is not to be had: 69.
  static func unavailable(_ error: MigrationError) -> ExitCode {
    OutputStream.standardError.write("millrace: \(error)\n")
    return ExitCode(69)
  }
}
