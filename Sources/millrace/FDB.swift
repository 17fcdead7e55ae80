import ArgumentParser
import Control

/// `millrace fdb`: the table of learned addresses.
struct FDB: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "fdb", abstract: "Work on the table of learned addresses.", subcommands: [FDBFlush.self])
}

struct FDBFlush: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "flush", abstract: "Forget learned addresses; static ones stay.")

  @Option(help: ArgumentHelp("Only those at this port.", valueName: "name"))
  var port: String?

  @Option(help: ArgumentHelp("Only those in this VLAN; 0 is untagged.", valueName: "id"))
  var vlan: UInt16?

  @OptionGroup var socket: SocketOption

  func validate() throws {
    guard vlan ?? 0 <= 4094 else { throw ValidationError("A VLAN is a number from 0 (untagged) to 4094.") }
  }

  func run() async throws {
    let count = try await socket.client.flushFDB(port: port, vlan: vlan)
    OutputStream.standardOutput.write("\(Figure.count(count)) \(count == 1 ? "address" : "addresses") forgotten\n")
  }
}
