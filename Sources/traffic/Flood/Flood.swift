import ArgumentParser
import Units
import Wire

/// `traffic flood`: UDP frames of one size or a mix, as many as go.
struct Flood: ParsableCommand {
  static let configuration = CommandConfiguration(
    abstract: "Send UDP frames as fast as they go.",
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
  @Option(
    help: ArgumentHelp(
      "Bytes of a frame without FCS; or several, each with its share of the frames: 64:7,570:4,1514:1 is IMIX.",
      valueName: "bytes")) var size = FrameSizes(argument: "64")!
  @Option(help: "How many flows, in turn.") var flows = 64
  @Option(help: "How long.") var seconds = 3.0
  @Option(help: "Frames a second; left out: as fast as it goes.") var rate: Double?
  @Option(help: "Frames that a paced sender sends at a time, at most.") var burst = 64
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
    /// On average.
    var frameBytes: Double
    var flows: Int
  }

  func run() throws {
    guard (1...4096).contains(flows), Int(firstSourcePort) + flows <= 65536 else {
      throw TrafficError.usage("--flows: write 1 to 4096, all within the port numbers from --first-source-port on")
    }
    guard seconds > 0, rate.map({ $0 > 0 }) ?? true else {
      throw TrafficError.usage("--seconds and --rate are above 0")
    }
    guard (1...64).contains(burst) else { throw TrafficError.usage("--burst: write 1 to 64") }
    let device = try NetworkInterface(interface)
    let frames = try FloodFrames(self, device)
    let sent: (sent: Int, refused: Int, seconds: Double)
    switch generator {
    case .socket:
      sent = try SocketGenerator(device, frames.cycle(size, flows: flows)).run(
        seconds: seconds, rate: rate, burst: burst)
    case .live:
      guard rate == nil else { throw TrafficError.usage("--rate is for --generator socket") }
      guard !destinationAddress.isIPv6 else { throw TrafficError.usage("--generator live sends IPv4 only") }
      let kinds = size.shares.map { LiveFrame(bytes: frames.frame(size: $0.size, flow: 0), share: $0.frames) }
      sent = try LiveGenerator(device, kinds, flows: flows, firstPort: firstSourcePort).run(seconds: seconds)
    }
    try Output.print(
      Result(
        generator: generator.rawValue, sent: sent.sent, refused: sent.refused, seconds: sent.seconds,
        framesPerSecond: (Double(sent.sent) / sent.seconds).rounded(), frameBytes: size.mean, flows: flows))
  }
}
