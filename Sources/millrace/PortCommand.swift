import ArgumentParser
import Control
import FoundationEssentials
import Glibc

/// `millrace port`: adds, removes and changes ports of a running switch.
struct PortCommand: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "port",
    abstract: "Add, remove or change a port of a running switch.",
    discussion: "The other ports are not disturbed. The configuration file stays as it is.",
    subcommands: [PortAdd.self, PortRemove.self, PortSet.self])
}

struct PortAdd: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "add",
    abstract: "Add a port: one element of the configuration's 'ports' list.",
    discussion: "Example: millrace port add '{name: vm3, netdev: tap3, mac: 02:00:00:00:01:03}'")
  @OptionGroup var fragment: YAMLFragment
  @OptionGroup var socket: SocketOption

  func run() async throws {
    try await socket.client.addPort(yaml: fragment.text())
  }
}

struct PortRemove: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "remove", abstract: "Remove a port; its device is left as it was found.")
  @Argument(help: "The port's name.", transform: portName)
  var name: String
  @OptionGroup var socket: SocketOption

  func run() async throws {
    try await socket.client.removePort(name: name)
  }
}

struct PortSet: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "set",
    abstract: "Change settings of a port; those not named stay.",
    discussion: """
      Example: millrace port set vm3 '{vlan: {access: 10}}'

      A setting of null gets its default back, as if it had never been written: \
      millrace port set vm3 '{rate: null}' takes the limit away.
      """)
  @Argument(help: "The port's name.", transform: portName)
  var name: String
  @OptionGroup var fragment: YAMLFragment
  @OptionGroup var socket: SocketOption

  func run() async throws {
    try await socket.client.setPort(name: name, yaml: fragment.text())
  }
}

/// Settings of a port, on the command line or in a file.
struct YAMLFragment: ParsableArguments {
  @Argument(help: ArgumentHelp("The settings as a YAML mapping, written as in the configuration.", valueName: "yaml"))
  var yaml: String?

  @Option(
    name: .shortAndLong, help: ArgumentHelp("Read the mapping from a file; - is standard input.", valueName: "path"))
  var file: String?

  func validate() throws {
    guard (yaml == nil) != (file == nil) else {
      throw ValidationError("Give the settings as one argument, e.g. '{mac: 02:00:00:00:01:03}', or a file with -f.")
    }
  }

  func text() throws -> String {
    if let yaml { return yaml }
    let path = file == "-" ? "/dev/stdin" : file ?? ""
    guard let stream = fopen(path, "re") else {
      let reason = String(cString: strerror(errno))
      throw ControlError.configuration("\(path): cannot be read: \(reason); name a file with -f")
    }
    defer { fclose(stream) }
    var bytes: [UInt8] = []
    var buffer = [UInt8](repeating: 0, count: 65536)
    while case let count = fread(&buffer, 1, buffer.count, stream), count > 0 { bytes += buffer[..<count] }
    guard ferror(stream) == 0, let text = String(validating: bytes, as: UTF8.self) else {
      throw ControlError.configuration("\(path): is not UTF-8 text; name a YAML file with -f")
    }
    return text
  }
}

/// A name that can stand in a route.
@Sendable func portName(_ text: String) throws -> String {
  guard !text.isEmpty, !text.contains("/"), text != ".", text != ".." else {
    throw ValidationError("'\(text)' is not a port's name; see millrace show ports")
  }
  return text
}
