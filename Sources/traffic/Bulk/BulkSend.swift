import ArgumentParser
import CLinux
import Glibc
import Units
import Wire

/// `traffic bulk send`.
struct BulkSend: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "send", abstract: "Send bytes that repeat nowhere, then say their digest.")

  @Option(help: "The receiver.") var destination: IPAddress
  @Option(help: "Its port.") var port: UInt16 = 9200
  @Option(help: "How many bytes.") var bytes: UInt64 = 1 << 30
  @Option(help: "What the bytes are made from.") var seed: UInt64 = 1
  @Flag(help: "Use MPTCP.") var mptcp = false

  func run() throws {
    let socket = try StreamSocket(isIPv6: destination.isIPv6, mptcp: mptcp)
    try socket.connect(destination, port: port)
    var digest = StreamDigest()
    var state = seed
    let start = ml_monotonic_ns()
    while digest.bytes < bytes && !StopRequest.isMade {
      let piece = UnsafeMutableRawBufferPointer(rebasing: digest.free.prefix(Int(min(bytes - digest.bytes, 1 << 16))))
      Self.fill(piece, &state)
      try socket.send(UnsafeRawBufferPointer(piece))
      digest.take(piece.count)
    }
    try socket.finish()
    let seconds = Nanoseconds(ml_monotonic_ns() - start).seconds
    try Output.print(BulkReport(bytes: digest.bytes, seconds: seconds, digest: digest.finish(), mptcp: mptcp))
  }

  /// xorshift64 (Marsaglia 2003): a shifted or repeated piece of it is never like the right one.
  private static func fill(_ piece: UnsafeMutableRawBufferPointer, _ state: inout UInt64) {
    for offset in stride(from: 0, to: piece.count, by: 8) {
      state ^= state << 13
      state ^= state >> 7
      state ^= state << 17
      withUnsafeBytes(of: state) { word in
        for (i, byte) in word.prefix(piece.count - offset).enumerated() { piece[offset + i] = byte }
      }
    }
  }
}
