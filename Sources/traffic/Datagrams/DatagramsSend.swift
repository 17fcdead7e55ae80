import ArgumentParser
import CLinux
import Glibc
import Units
import Wire

/// `traffic datagrams send`.
struct DatagramsSend: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "send", abstract: "Send datagrams of one flow as fast as they go.")

  @Option(help: "Where they go: an IP address.") var destination: IPAddress
  @Option(help: "Where they go: the port.") var port: UInt16 = 9200
  @Option(help: "Bytes of a datagram's payload; 22 make a frame of 64 bytes over IPv4.") var payload = 22
  @Option(help: "Hand this many datagrams to the kernel as one super-frame (UDP_SEGMENT).") var segments = 1
  @Option(help: "How long.") var seconds = 3.0

  /// Calls to the kernel carry so many messages.
  private static let batch = 64

  struct Result: Encodable {
    var sent: Int
    var segments: Int
    var seconds: Double
    var datagramsPerSecond: Double
  }

  func run() throws {
    guard payload > 0, (1...128).contains(segments), payload * segments <= 65000 else {
      throw TrafficError.usage("--segments: write 1 to 128, at most 65000 bytes together")
    }
    guard seconds > 0 else { throw TrafficError.usage("--seconds is above 0") }
    let socket = try UDPSocket(isIPv6: destination.isIPv6)
    try socket.connect(destination, port: port)
    if segments > 1 { socket.set(Int32(IPPROTO_UDP), UDPSocket.segment, payload) }
    let batch = MessageBatch(count: Self.batch, size: payload * segments)
    let start = Pacer.now
    let end = start + Nanoseconds(UInt64(seconds * 1e9))
    var sent = 0
    while Pacer.now < end && !StopRequest.isMade {
      if let count = batch.send(0..<batch.count, over: socket.descriptor) {
        sent += count * segments
      } else if errno == EAGAIN {
        PacketSocket.waitToSend(socket.descriptor)
      } else if errno != ENOBUFS && errno != ECONNREFUSED {
        throw TrafficError.refused("sending", errno)
      }
    }
    let took = (Pacer.now - start).seconds
    try Output.print(
      Result(
        sent: sent, segments: segments, seconds: took, datagramsPerSecond: (Double(sent) / took).rounded()))
  }
}
