import ArgumentParser

/// The command line: one file a command, named after it.
@main
struct Millrace: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "millrace",
    abstract: "A virtual switch for Linux lab hosts: XDP and AF_XDP in, VMQ, vRSS, metering and QoS inside.",
    subcommands: [])
}
