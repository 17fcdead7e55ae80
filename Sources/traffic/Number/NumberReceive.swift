import ArgumentParser
import CLinux
import Glibc
import Units
import Wire

/// `traffic number receive`.
struct NumberReceive: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "receive", abstract: "Receive numbered datagrams and say what became of them.",
    discussion: """
      Ends 0.1 s after all have come or the sender has said that it is done, or when none came for --idle seconds \
      after the first. The exit code is 0 also when some were lost.
      """)

  @Option(help: "Receive on this address; by default on all.") var address: IPAddress?
  @Option(help: "The port.") var port: UInt16 = 9100
  @Option(help: "End when nothing came for so many seconds since the first.") var idle = 10.0
  @Option(help: "Wait so many seconds for the first.") var patience = 30.0

  func run() throws {
    let local = address ?? IPAddress("::")!
    let socket = try UDPSocket(isIPv6: local.isIPv6)
    // What the receiver cannot take at once must wait here: loss is to be the network's.
    socket.set(SOL_SOCKET, SO_RCVBUFFORCE, 512 << 20)
    socket.setReceiveTimeout(milliseconds: 100)
    try socket.bind(local, port: port)
    Output.ready()
    var receiver = NumberedReceiver()
    let report = try receiver.run(
      socket.descriptor, idle: Nanoseconds(UInt64(idle * 1e9)), patience: Nanoseconds(UInt64(patience * 1e9)))
    guard let report else {
      throw TrafficError(description: "no numbered datagram came to port \(port)", exitCode: EX_UNAVAILABLE)
    }
    try Output.print(report)
  }
}
