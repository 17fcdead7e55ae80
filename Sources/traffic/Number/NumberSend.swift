import ArgumentParser
import CLinux
import Units
import Wire

/// `traffic number send`.
struct NumberSend: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "send", abstract: "Send numbered datagrams over ordinary sockets, the flows in turn.")

  @Option(help: "Where they go: an IP address.") var destination: IPAddress
  @Option(help: "Where they go: the port.") var port: UInt16 = 9100
  @Option(help: "How many flows; each has a source port of its own.") var flows = 64
  @Option(help: "How many datagrams, all flows together.") var count: UInt64
  @Option(help: "Datagrams a second; left out: as fast as it goes.") var rate: Double?
  @Option(help: "Bytes of a frame without FCS.") var size: Int?
  @Option(help: "Hand this many datagrams to the kernel as one super-frame (UDP_SEGMENT).") var segments = 1
  @Option(help: "Datagrams of a flow before the next flow's turn.") var burst = 8
  @Option(help: "From this address.") var source: IPAddress?
  @Option(help: "The source port of the first flow.") var firstSourcePort: UInt16 = 20000
  @Option(help: "The CPU to send on; by default where it starts. A sender that moved could itself change the order.")
  var cpu: Int?

  struct Result: Encodable {
    var flows: Int
    var sent: UInt64
    /// How often the kernel took no more for the moment.
    var waits: Int
    var seconds: Double
    var datagramsPerSecond: Double
  }

  func run() throws {
    let headers = 14 + (destination.isIPv6 ? 40 : 20) + 8
    let least = headers + NumberedDatagram.length
    let size = size ?? least
    guard (least...9216).contains(size) else { throw TrafficError.usage("--size: write \(least) to 9216") }
    guard (1...4096).contains(flows), Int(firstSourcePort) + flows <= 65536 else {
      throw TrafficError.usage("--flows: write 1 to 4096, all within the port numbers from --first-source-port on")
    }
    guard (1...64).contains(segments), segments * (size - headers) <= 65000, burst > 0 else {
      throw TrafficError.usage("--segments: write 1 to 64, at most 65000 bytes together; --burst is above 0")
    }
    guard rate.map({ $0 > 0 }) ?? true else { throw TrafficError.usage("--rate is above 0") }
    let fault = ml_pin_thread(Int32(cpu ?? Int(ml_current_cpu())))
    guard fault == 0 else { throw TrafficError.refused("--cpu", fault) }

    var sender = try NumberedSender(self, payload: size - headers)
    let start = Pacer.now
    try sender.run(Pacer(rate: rate, start: start))
    let seconds = (Pacer.now - start).seconds
    try sender.end()
    try Output.print(
      Result(
        flows: flows, sent: sender.sent, waits: sender.waits, seconds: seconds,
        datagramsPerSecond: (Double(sender.sent) / seconds).rounded()))
  }
}
