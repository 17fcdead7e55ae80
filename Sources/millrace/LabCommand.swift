import ArgumentParser
import Control
import Glibc
import Lab

/// `millrace lab`: hosts in namespaces, joined by a switch.
struct LabCommand: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "lab", abstract: "Make hosts as network namespaces, joined by a switch.",
    subcommands: [LabUp.self, LabExec.self, LabShow.self, LabDown.self])

  static func requireRoot() throws(ControlError) {
    if geteuid() != 0 { throw .noPermission("network namespaces need root; run with sudo") }
  }

  /// Carries out work on a lab; what cannot be made is a device or kernel matter.
  static func asControlError<R>(_ body: () async throws(LabError) -> R) async throws(ControlError) -> R {
    do { return try await body() } catch { throw .unavailable(error.description) }
  }
}

/// Which lab is meant.
struct LabName: ParsableArguments {
  @Option(help: "The lab's name: labs of different names may be up at once.")
  var name = "lab"

  func validate() throws {
    if let fault = LabSpec(name: name, hosts: 1).fault { throw ValidationError("\(fault).") }
  }
}
