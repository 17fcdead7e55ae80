import ArgumentParser
import Control

/// `millrace mirror`: port mirroring of a running switch.
struct Mirror: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "mirror",
    abstract: "Make a port a source or a destination of mirroring.",
    discussion: """
      Every destination is sent a copy of each frame that a source's device sends or is sent, in the destination's own \
      VLANs. A destination stays an ordinary port. Frames go on meanwhile; the configuration file stays as it is.
      Example: millrace mirror vm1 source && millrace mirror sniffer destination
      """)
  @Argument(help: "The port's name.", transform: portName)
  var port: String
  @Argument(help: "source, destination or none.", completion: .list(["source", "destination", "none"]))
  var role: String
  @OptionGroup var socket: SocketOption

  func run() async throws {
    try await socket.client.setPort(name: port, yaml: "mirror: \(role)")
  }
}
