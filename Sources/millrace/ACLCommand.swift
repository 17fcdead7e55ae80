import ArgumentParser
import Control
import Units

/// `millrace acl`: the rules of a running switch's ports.
struct ACLCommand: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "acl",
    abstract: "Add, remove, list or try the rules of a port.",
    discussion: """
      Frames go on meanwhile, in order and without loss. The configuration file stays as it is. What allow, deny and \
      meter rules do is told in ARCHITECTURE.md.
      """,
    subcommands: [ACLAdd.self, ACLRemove.self, ACLList.self, ACLTest.self])
}

struct ACLAdd: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "add",
    abstract: "Add rules to a port: one element of its 'acl' list, or a list of them.",
    discussion: """
      Examples:
        millrace acl add vm1 '{action: deny, direction: in, remote: 10.9.0.0/16}'
        millrace acl add vm1 '{action: meter, direction: both, remote: any, meter: tenant-a}'
        millrace acl add vm1 '{weight: 10, action: allow, direction: out, protocol: tcp, remotePort: 443, stateful: true}'
      """)
  @Argument(help: "The port's name.", transform: portName)
  var port: String
  @OptionGroup var fragment: YAMLFragment
  @OptionGroup var socket: SocketOption

  func run() async throws {
    try await socket.client.addRules(port: port, yaml: fragment.text())
  }
}

struct ACLRemove: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "remove",
    abstract: "Remove rules from a port, written as they were, or '{weight: N, direction: in|out|both}'.",
    discussion: "What a meter counted is kept until it is reset; a rule that comes back counts on.")
  @Argument(help: "The port's name.", transform: portName)
  var port: String
  @OptionGroup var fragment: YAMLFragment
  @OptionGroup var socket: SocketOption

  func run() async throws {
    try await socket.client.removeRules(port: port, yaml: fragment.text())
  }
}

struct ACLList: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "list", abstract: "List rules, with the frames each decided or counted.")
  @Argument(help: "Only this port's.", transform: portName)
  var port: String?
  @Flag(help: "Only rules that were never hit.")
  var unused = false
  @Flag(help: "Print JSON: one object.")
  var json = false
  @OptionGroup var socket: SocketOption

  func run() async throws {
    var document = try await socket.client.get(ACLDocument.self, query: port.map { ["port": $0] } ?? [:])
    if unused { document.acl.removeAll { $0.frames > 0 } }
    let output = OutputStream.standardOutput
    if json {
      try output.write(json: document)
    } else {
      output.write(document.acl.isEmpty && unused ? "every rule was hit\n" : document.text(since: nil))
    }
  }
}

struct ACLTest: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "test",
    abstract: "Tell what a port's rules do with a packet, which rule decides, and why.",
    discussion: """
      'in' is towards the port's device: remote is the source then. Asked are the tables that frames are judged by; \
      flows that stateful rules keep are left out, so that the answer is that for a flow's first packet.
      Example: millrace acl test vm1 --direction in --remote 10.9.0.1 --local 10.0.0.5 --protocol tcp --port 443
      """)
  @Argument(help: "The port's name.", transform: portName)
  var port: String
  @Option(help: "in or out.")
  var direction: ACLRule.Direction
  @Option(help: ArgumentHelp("The remote end's IP address.", valueName: "address"))
  var remote: String?
  @Option(help: ArgumentHelp("The local end's IP address.", valueName: "address"))
  var local: String?
  @Option(name: .customLong("protocol"), help: ArgumentHelp("tcp, udp, icmp, icmpv6, or a number.", valueName: "name"))
  var ipProtocol: String?
  @Option(name: .customLong("port"), help: ArgumentHelp("The destination's port.", valueName: "number"))
  var destinationPort: UInt16?
  @Option(help: ArgumentHelp("The source's port.", valueName: "number"))
  var sourcePort: UInt16?
  @Option(help: ArgumentHelp("The remote end's MAC address.", valueName: "mac"), transform: mac)
  var remoteMac: MACAddress?
  @Option(help: ArgumentHelp("The local end's MAC address.", valueName: "mac"), transform: mac)
  var localMac: MACAddress?
  @Flag(help: "Print JSON: one object.")
  var json = false
  @OptionGroup var socket: SocketOption

  func run() async throws {
    var question = RuleQuestion(direction: direction)
    (question.remote, question.local, question.protocol) = (remote, local, ipProtocol)
    (question.remoteMAC, question.localMAC) = (remoteMac, localMac)
    (question.remotePort, question.localPort) =
      direction == .in ? (sourcePort, destinationPort) : (destinationPort, sourcePort)
    let answer = try await socket.client.testRules(port: port, question)
    let output = OutputStream.standardOutput
    if json { try output.write(json: answer) } else { output.write(answer.text) }
  }

  @Sendable private static func mac(_ text: String) throws -> MACAddress {
    guard let address = MACAddress(text) else { throw ValidationError("'\(text)' is not a MAC address") }
    return address
  }
}

extension ACLRule.Direction: ExpressibleByArgument {}
