import ArgumentParser
import CLinux
import Units

/// `traffic sink`: counts datagrams where they arrive, and drops them.
struct Sink: ParsableCommand {
  static let configuration = CommandConfiguration(
    abstract: "Count UDP datagrams in XDP on a device, and drop them.",
    discussion: """
      Counts frames that carry UDP to --port over IPv4 (without options) or IPv6, untagged; everything else goes on to \
      the host. No frame reaches the host's stack, so that the sink limits nothing below millions a second. While it \
      runs, the device's peer has no segmentation offload, as with any XDP program on a veth.
      """)

  @Option(help: "The device they arrive on.") var interface: String
  @Option(help: "The UDP port counted.") var port: UInt16 = 9000
  @Option(help: "How long.") var seconds = 3.0

  struct Result: Encodable {
    var counts: String
    var mode: String
    var frames: Int
    var bytes: Int
    /// From the first to the last sample in which frames came, 20 ms apart.
    var seconds: Double
    var framesPerSecond: Double
  }

  func run() throws {
    guard seconds > 0 else { throw TrafficError.usage("--seconds is above 0") }
    let program = try CountingProgram(try NetworkInterface(interface), port: port)
    Output.ready()
    let end = Pacer.now + Nanoseconds(UInt64(seconds * 1e9))
    var window = CountWindow()
    while Pacer.now < end && !StopRequest.isMade {
      window.add(program.frames, at: Pacer.now)
      ml_sleep_ns(20_000_000)
    }
    window.add(program.frames, at: Pacer.now)
    try Output.print(
      Result(
        counts: "UDP datagrams to port \(port), dropped in XDP", mode: program.mode, frames: program.frames,
        bytes: program.bytes, seconds: window.seconds, framesPerSecond: window.perSecond.rounded()))
  }
}
