import ArgumentParser
import Control
import Lab

/// `millrace lab down`.
struct LabDown: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "down", abstract: "Remove a lab, also one that a crash left behind.",
    discussion: "Ends what runs in its hosts. Does nothing when there is no such lab.")

  @OptionGroup var lab: LabName
  @Flag(help: "Remove every lab.") var all = false

  func run() async throws {
    try LabCommand.requireRoot()
    let known = try await LabCommand.asControlError { () async throws(LabError) in try await Lab.all() }
    for name in all ? known : [lab.name] {
      await Lab(LabSpec(name: name, hosts: 1)).down()
      OutputStream.standardOutput.write(
        known.contains(name) ? "lab '\(name)' is down\n" : "there is no lab '\(name)'\n")
    }
    let left = try await LabCommand.asControlError { () async throws(LabError) in try await Lab.all() }
    if let name = (all ? known : [lab.name]).first(where: left.contains) {
      throw ControlError.unavailable("lab '\(name)': something of it is left; see ip netns list and ip netns pids")
    }
  }
}
