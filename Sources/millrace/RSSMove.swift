import ArgumentParser
import Control

/// `millrace rss move`: forces entries of an indirection table to a worker.
struct RSSMove: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "move", abstract: "Move entries of a port's indirection table to a worker, in order.",
    discussion: """
      No frame overtakes an earlier one of its flow. A flow's entry is what `millrace rss hash --json` says. \
      Example: millrace rss move vm1 0-63 2
      """)

  @Argument(help: "The port whose queue it is; 'default' names the default queue.")
  var port: String

  @Argument(
    help: "One entry of 0 to 127, a range: 0-127, or all: what cannot be hashed goes too.",
    transform: IndirectionEntries.init(argument:))
  var entries: IndirectionEntries

  @Argument(help: "The worker they go to.")
  var worker: Int

  @OptionGroup var socket: SocketOption

  func run() async throws {
    let moved = try await socket.client.moveEntries(port: port, entries: entries, to: worker)
    OutputStream.standardOutput.write("\(moved) \(moved == 1 ? "entry" : "entries") moved\n")
  }
}

extension IndirectionEntries {
  @Sendable fileprivate init(argument: String) throws {
    do { try self.init(parsing: argument) } catch { throw ValidationError(error.message) }
  }
}
