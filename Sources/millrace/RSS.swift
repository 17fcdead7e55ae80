import ArgumentParser

/// `millrace rss`: receive side scaling by hand.
struct RSS: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "rss", abstract: "Receive side scaling by hand.", subcommands: [RSSHash.self, RSSMove.self])
}
