import ArgumentParser
import Control
import Lab

/// `millrace lab show`.
struct LabShow: AsyncParsableCommand {
  static let configuration = CommandConfiguration(commandName: "show", abstract: "Show the labs that are up.")

  @Flag(help: "Print JSON.") var json = false

  func run() async throws {
    let labs = try await LabCommand.asControlError { () async throws(LabError) in try await LabStatus.all() }
    if json {
      try OutputStream.standardOutput.write(json: ["labs": labs])
    } else if labs.isEmpty {
      OutputStream.standardOutput.write("no lab is up\n")
    } else {
      OutputStream.standardOutput.write(LabText.table(labs))
    }
  }
}
