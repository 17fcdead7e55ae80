import ArgumentParser
import CLinux
import Glibc
import Units
import Wire

/// `traffic bulk receive`.
struct BulkReceive: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "receive", abstract: "Take one stream and say its digest.")

  @Option(help: "Receive on this address; by default on all.") var address: IPAddress?
  @Option(help: "The port.") var port: UInt16 = 9200
  @Flag(help: "Take MPTCP, and TCP from those who do not speak it.") var mptcp = false

  func run() throws {
    let local = address ?? IPAddress("::")!
    let listener = try StreamSocket(isIPv6: local.isIPv6, mptcp: mptcp)
    try listener.listen(local, port: port)
    Output.ready()
    let stream = try listener.accept()
    var digest = StreamDigest()
    let start = ml_monotonic_ns()
    while !StopRequest.isMade {
      let count = try stream.receive(into: digest.free)
      if count == 0 { break }
      digest.take(count)
    }
    let seconds = Nanoseconds(ml_monotonic_ns() - start).seconds
    try Output.print(BulkReport(bytes: digest.bytes, seconds: seconds, digest: digest.finish(), mptcp: mptcp))
  }
}
