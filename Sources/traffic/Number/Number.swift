import ArgumentParser

/// `traffic number`: numbered UDP flows, and a receiver that tells what became of every datagram.
struct Number: ParsableCommand {
  static let configuration = CommandConfiguration(
    abstract: "Numbered UDP flows: lost, out of order, twice, damaged?",
    subcommands: [NumberSend.self, NumberReceive.self])
}
