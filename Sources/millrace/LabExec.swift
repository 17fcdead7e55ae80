import ArgumentParser
import Control
import Glibc
import Lab

/// `millrace lab exec`.
struct LabExec: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "exec", abstract: "Run a command in a host; its exit code is passed on.",
    discussion: "Example: millrace lab exec h1 -- ping -c 3 h2")

  @OptionGroup var lab: LabName
  @Argument(help: "The host: h1, h2 … or switch.") var host: String
  @Argument(parsing: .postTerminator, help: "The command, behind --.") var command: [String] = []

  func run() async throws {
    guard !command.isEmpty else {
      throw ControlError.usage("no command: write it behind --, e.g. lab exec h1 -- ip address")
    }
    guard let number = LabSpec.hostNumber(host) else {
      throw ControlError.usage("'\(host)' is no host: write h1, h2 … or switch")
    }
    try LabCommand.requireRoot()
    let lab = Lab(LabSpec(name: lab.name, hosts: 1))
    guard access("/run/netns/\(lab.spec.namespace(of: number))", F_OK) == 0 else {
      throw ControlError.unavailable("lab '\(lab.spec.name)' has no host '\(host)'; see millrace lab show")
    }
    // In place of this process, so that terminal, signals and exit code are the command's own. This thread is one of a
    // pool, whose signals are blocked, and a mask goes over to what takes the process's place.
    var none = sigset_t()
    sigemptyset(&none)
    pthread_sigmask(SIG_SETMASK, &none, nil)
    var arguments = lab.command(in: number, command).map { strdup($0) } + [nil]
    execvp("ip", &arguments)
    throw ControlError.unavailable("ip: \(String(cString: strerror(errno))); install iproute2")
  }
}
