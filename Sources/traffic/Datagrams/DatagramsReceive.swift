import ArgumentParser
import CLinux
import Glibc
import Units
import Wire

/// `traffic datagrams receive`.
struct DatagramsReceive: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "receive", abstract: "Count datagrams, taken singly or many at a time (UDP_GRO).",
    discussion: "Super-frames are counted by the datagrams in them. All datagrams are of --payload bytes.")

  @Option(help: "Receive on this address; by default on all.") var address: IPAddress?
  @Option(help: "The port.") var port: UInt16 = 9200
  @Option(help: "Bytes of a datagram's payload.") var payload = 22
  @Option(help: "How long.") var seconds = 3.0

  struct Result: Encodable {
    var datagrams: Int
    /// What the socket handed over: a super-frame is one.
    var messages: Int
    /// From the first to the last datagram, looked at every 20 ms.
    var seconds: Double
    var datagramsPerSecond: Double
  }

  func run() throws {
    guard payload > 0, seconds > 0 else { throw TrafficError.usage("--payload and --seconds are above 0") }
    let local = address ?? IPAddress("::")!
    let socket = try UDPSocket(isIPv6: local.isIPv6)
    socket.set(Int32(IPPROTO_UDP), UDPSocket.gro, 1)
    socket.set(SOL_SOCKET, SO_RCVBUFFORCE, 8 << 20)
    socket.setReceiveTimeout(milliseconds: 20)
    try socket.bind(local, port: port)
    Output.ready()
    let batch = MessageBatch(count: 64, size: 65536)
    let end = Pacer.now + Nanoseconds(UInt64(seconds * 1e9))
    var window = CountWindow()
    var (datagrams, messages, looked) = (0, 0, Nanoseconds(0))
    while Pacer.now < end && !StopRequest.isMade {
      if let count = batch.receive(from: socket.descriptor) {
        messages += count
        for i in 0..<count { datagrams += (batch.receivedLength(of: i) + payload - 1) / payload }
      } else if errno != EAGAIN && errno != EINTR {
        throw TrafficError.refused("receiving", errno)
      }
      let now = Pacer.now
      if now - looked > Nanoseconds(20_000_000) {
        window.add(datagrams, at: now)
        looked = now
      }
    }
    window.add(datagrams, at: Pacer.now)
    try Output.print(
      Result(
        datagrams: datagrams, messages: messages, seconds: window.seconds,
        datagramsPerSecond: window.perSecond.rounded()))
  }
}
