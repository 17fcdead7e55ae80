import ArgumentParser
import Wire

/// `millrace rss hash`: the Toeplitz hash of one flow, for checking any vector.
struct RSSHash: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "hash", abstract: "Print the Toeplitz hash of a flow, as NDIS and NICs compute it.",
    discussion: """
      With a port on both ends addresses and ports are hashed (TCP, UDP), without any only the addresses. \
      Published vector: --source 66.9.149.187:2794 --destination 161.142.100.80:1766 is 0x51ccc178.
      """)

  @Option(help: ArgumentHelp("Where the flow comes from; an IPv6 address with a port as [A]:P.", valueName: "A[:P]"))
  var source: IPEndpoint

  @Option(help: ArgumentHelp("Where it goes.", valueName: "A[:P]"))
  var destination: IPEndpoint

  @Option(help: ArgumentHelp("40 bytes in hexadecimal; Microsoft's published key if left out.", valueName: "HEX"))
  var key: ToeplitzKey?

  @Flag(help: "Print one JSON object.")
  var json = false

  struct Answer: Encodable {
    let source: String
    let destination: String
    let hash: String
    /// Of a 128-entry indirection table.
    let entry: Int
  }

  func validate() throws {
    guard (source.port == nil) == (destination.port == nil) else {
      throw ValidationError("Give both ends a port, or neither.")
    }
    guard source.address.isIPv6 == destination.address.isIPv6 else {
      throw ValidationError("One end is IPv4 and the other IPv6; give two addresses of one kind.")
    }
  }

  func run() throws {
    guard let hash = ToeplitzTable(key: key ?? .microsoft).hash(source: source, destination: destination) else {
      return
    }
    let text = "0x" + String(repeating: "0", count: 8 - String(hash, radix: 16).count) + String(hash, radix: 16)
    guard json else {
      OutputStream.standardOutput.write(text + "\n")
      return
    }
    try OutputStream.standardOutput.write(
      json: Answer(source: "\(source)", destination: "\(destination)", hash: text, entry: Int(hash & 127)))
  }
}

extension IPEndpoint: ExpressibleByArgument {
  public init?(argument: String) { self.init(argument) }
}

extension ToeplitzKey: ExpressibleByArgument {
  public init?(argument: String) { self.init(hexadecimal: argument) }
}
