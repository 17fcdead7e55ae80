import ArgumentParser
import Control
import Foundation
import Glibc
import Lab
import Units

/// `millrace lab`: hosts in namespaces, joined by a switch.
struct LabCommand: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "lab", abstract: "Make hosts as network namespaces, joined by a switch.",
    subcommands: [Up.self, Exec.self, ShowLab.self, Down.self])

  struct Name: ParsableArguments {
    @Option(help: "The lab's name: labs of different names may be up at once.")
    var name = "lab"
  }

  struct Up: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
      abstract: "Make the hosts and start their switch.",
      discussion: "Hosts are h1, h2 …; `millrace lab exec h1 -- ping h2` works at once. `millrace lab down` removes all.")

    @OptionGroup var lab: Name
    @Option(help: "Number of hosts.") var hosts: Int
    @Option(help: "MTU of every link.") var mtu = 1500
    @Option(help: "Queues of every link.") var queues = 1
    @Option(help: ArgumentHelp("What each host's link carries, e.g. 2.5Gbit.", valueName: "rate")) var link: String?
    @Option(help: "How the switch steers: single, rss, vmq or vmq+vrss.") var steering = "vmq+vrss"
    @Option(help: ArgumentHelp("The CPU of each worker.", valueName: "cpu,…")) var workers = "0,1"
    @Option(help: ArgumentHelp("Hold each worker to a share of its CPU, e.g. 15%.", valueName: "share"))
    var emulatedShare: String?
    @Option(help: "How frames come in: auto, super or native.") var ingress = "auto"
    @Option(help: "What joins the hosts: millrace, or the kernel's bridge to compare with.") var fabric = "millrace"

    func run() async throws {
      guard let fabric = LabSpec.Fabric(rawValue: fabric) else {
        throw ControlError.usage("'\(fabric)' is no fabric: write millrace or bridge")
      }
      var lines = ["workers: [\(workers)]", "steering: \(steering)"]
      if let emulatedShare { lines.append("emulatedShare: \(emulatedShare)") }
      let rate: BitRate?
      do throws(UnitError) {
        rate = if let link { try BitRate(parsing: link) } else { nil }
      } catch { throw ControlError.usage("--link: \(error)") }
      let spec = LabSpec(
        name: lab.name, hosts: hosts, mtu: mtu, queues: queues, link: rate, fabric: fabric,
        switchLines: lines, allPortKeys: ["ingress: \(ingress)"])
      if let fault = spec.fault { throw ControlError.usage(fault) }
      try requireRoot()
      try await asControlError { () throws(LabError) in
        do { try await Lab.up(spec) } catch { throw error as? LabError ?? LabError("\(error)") }
      }
      OutputStream.standardOutput.write("lab '\(spec.name)' is up\n\n\(LabText.describe(spec))")
    }
  }

  struct Exec: AsyncParsableCommand {
    static let configuration = CommandConfiguration(abstract: "Run a command in a host; its exit code is passed on.")

    @OptionGroup var lab: Name
    @Argument(help: "The host: h1, h2 … or switch.") var host: String
    @Argument(parsing: .postTerminator, help: "The command, behind --.") var command: [String] = []

    func run() async throws {
      guard !command.isEmpty else { throw ControlError.usage("no command: write it behind --, e.g. lab exec h1 -- ip address") }
      try requireRoot()
      let spec = LabSpec(name: lab.name, hosts: 1)
      let namespace: String
      if host == "switch" {
        namespace = spec.switchNamespace
      } else if host.first == "h", let number = Int(host.dropFirst()) {
        namespace = spec.namespace(of: number)
      } else {
        throw ControlError.usage("'\(host)' is no host: write h1, h2 … or switch")
      }
      guard access("/run/netns/\(namespace)", F_OK) == 0 else {
        throw ControlError.unavailable("lab '\(lab.name)' has no host '\(host)'; see `millrace lab show`")
      }
      // In place of this process, so that terminal, signals and exit code are the command's own.
      var arguments = (["ip", "netns", "exec", namespace] + command).map { strdup($0) } + [nil]
      execvp("ip", &arguments)
      throw ControlError.unavailable("ip: \(String(cString: strerror(errno))); install iproute2")
    }
  }

  struct ShowLab: AsyncParsableCommand {
    static let configuration = CommandConfiguration(commandName: "show", abstract: "Show the labs that are up.")

    @Flag(help: "Print JSON.") var json = false

    func run() async throws {
      let labs = try await asControlError { () async throws(LabError) in try await LabText.all() }
      if json {
        let encoder = JSONEncoder()
        encoder.outputFormatting = [.prettyPrinted, .sortedKeys, .withoutEscapingSlashes]
        OutputStream.standardOutput.write(String(decoding: try encoder.encode(["labs": labs]), as: UTF8.self) + "\n")
      } else if labs.isEmpty {
        OutputStream.standardOutput.write("no lab is up\n")
      } else {
        OutputStream.standardOutput.write(LabText.table(labs))
      }
    }
  }

  struct Down: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
      abstract: "Remove a lab, also one that a crash left behind.")

    @OptionGroup var lab: Name
    @Flag(help: "Remove every lab.") var all = false

    func run() async throws {
      try requireRoot()
      let names = all ? try await asControlError { () async throws(LabError) in try await Lab.all() } : [lab.name]
      for name in names { await Lab(LabSpec(name: name, hosts: 1)).down() }
    }
  }
}

private func requireRoot() throws(ControlError) {
  if geteuid() != 0 { throw .noPermission("network namespaces need root; run with sudo") }
}

private func asControlError<R>(_ body: () async throws(LabError) -> R) async throws(ControlError) -> R {
  do { return try await body() } catch { throw .unavailable(error.description) }
}
