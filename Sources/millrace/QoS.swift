import ArgumentParser
import Control

/// `millrace qos`: bandwidth management of a running switch.
struct QoS: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "qos",
    abstract: "Change minimum and maximum bandwidth of a running switch.",
    subcommands: [QoSSet.self])
}

struct QoSSet: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "set",
    abstract: "Change a port's qos; what is not named stays.",
    discussion: """
      Example: millrace qos set vm1 '{weight: 20, maximum: 2Gbit}'

      Rates count Ethernet frames without FCS and preamble. A setting of null is taken away: \
      millrace qos set vm1 '{maximum: null}'. Frames that wait stay in their order.
      """)
  @Argument(help: "The port's name.", transform: portName)
  var name: String
  @OptionGroup var fragment: YAMLFragment
  @OptionGroup var socket: SocketOption

  func run() async throws {
    // The mapping, in either style of YAML, as the value of `qos`; in flow style its lines keep their numbers.
    let text = try fragment.text()
    let lines = text.split(separator: "\n", omittingEmptySubsequences: false).map { "  \($0)" }
    try await socket.client.setPort(
      name: name, yaml: (text.first == "{" ? "qos:" : "qos:\n") + lines.joined(separator: "\n"))
  }
}
