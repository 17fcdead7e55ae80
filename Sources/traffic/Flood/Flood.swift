import ArgumentParser
import Units
import Wire

/// `traffic flood`: equal UDP frames, as many as go.
struct Flood: ParsableCommand {
  static let configuration = CommandConfiguration(
    abstract: "Send equal UDP frames as fast as they go.",
    discussion: """
      Prints `sent`, the frames handed to the device; those that found the receiver's ring full are among them. Each \
      flow has a source port of its own.
      """)

  enum Generator: String, ExpressibleByArgument, CaseIterable, Sendable {
    /// sendmmsg on a packet socket: frames as a container sends them, about half a million a second.
    case socket
    /// XDP frames sent by the kernel itself (BPF_PROG_RUN with live frames): millions a second. The other end of
    /// the link must run native XDP (`ingress: native`) or GRO, else it gets none; IPv4 only.
    case live
  }

  @Option(help: "The device the frames leave through.") var interface: String
  @Option(help: "Where they go: a MAC address.") var destination: MACAddress
  @Option(help: "Where they go: an IP address.") var destinationAddress: IPAddress
  @Option(help: "From this MAC address instead of the device's.") var source: MACAddress?
  @Option(help: "From this IP address instead of the device's.") var sourceAddress: IPAddress?
  @Option(help: "Bytes of a frame without FCS.") var size = 64
  @Option(help: "How many flows, in turn.") var flows = 64
  @Option(help: "How long.") var seconds = 3.0
  @Option(help: "Frames a second; left out: as fast as it goes.") var rate: Double?
  @Option(help: "The destination port of every frame.") var port: UInt16 = 9000
  @Option(help: "The source port of the first flow.") var firstSourcePort: UInt16 = 10000
  @Option(help: "socket, or live: XDP frames, for links whose other end runs native XDP or GRO.") var generator =
    Generator.socket

  struct Result: Encodable {
    var generator: String
    var sent: Int
    /// Frames the device refused; not in `sent`.
    var refused: Int
    var seconds: Double
    var framesPerSecond: Double
    var frameBytes: Int
    var flows: Int
  }

  func run() throws {
    let device = try NetworkInterface(interface)
    let frames = try frames(device)
    let sent: (sent: Int, refused: Int, seconds: Double)
    switch generator {
    case .socket:
      sent = try SocketGenerator(device, frames).run(seconds: seconds, rate: rate)
    case .live:
      guard rate == nil else { throw TrafficError.usage("--rate is for --generator socket") }
      guard !destinationAddress.isIPv6 else { throw TrafficError.usage("--generator live sends IPv4 only") }
      sent = try LiveGenerator(device, frames[0], flows: flows, firstPort: firstSourcePort).run(seconds: seconds)
    }
    try Output.print(
      Result(
        generator: generator.rawValue, sent: sent.sent, refused: sent.refused, seconds: sent.seconds,
        framesPerSecond: (Double(sent.sent) / sent.seconds).rounded(), frameBytes: size, flows: flows))
  }

  /// One frame a flow.
  private func frames(_ device: NetworkInterface) throws -> [[UInt8]] {
    let headers = 14 + (destinationAddress.isIPv6 ? 40 : 20) + 8
    guard (headers...9216).contains(size) else { throw TrafficError.usage("--size: write \(headers) to 9216") }
    guard (1...4096).contains(flows), Int(firstSourcePort) + flows <= 65536 else {
      throw TrafficError.usage("--flows: write 1 to 4096, all within the port numbers from --first-source-port on")
    }
    guard seconds > 0, rate.map({ $0 > 0 }) ?? true else {
      throw TrafficError.usage("--seconds and --rate are above 0")
    }
    let from = try source ?? device.mac()
    let address = try sourceAddress ?? device.address(isIPv6: destinationAddress.isIPv6)
    guard address.isIPv6 == destinationAddress.isIPv6 else {
      throw TrafficError.usage("--source-address and --destination-address are of two families")
    }
    let ends = ("\(address)", "\(destinationAddress)")
    let link = FrameBuilder(to: destination, from: from)
    let ip = destinationAddress.isIPv6 ? link.ipv6(ends.0, ends.1) : link.ipv4(ends.0, ends.1)
    let payload = [UInt8](repeating: 0, count: size - headers)
    return (0..<flows).map { flow in
      // UDP over IPv4 may go without a checksum, so that a generator may change the port and nothing else.
      ip.udp(
        firstSourcePort + UInt16(flow), port, payload: payload, checksum: destinationAddress.isIPv6 ? .right : .zero)
    }
  }
}
