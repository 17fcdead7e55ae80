import ArgumentParser

/// `traffic bulk`: a TCP stream, and whether what came is what was sent.
struct Bulk: ParsableCommand {
  static let configuration = CommandConfiguration(
    abstract: "Send bytes over TCP or MPTCP and compare digests.", subcommands: [BulkSend.self, BulkReceive.self])
}

/// What both commands print.
struct BulkReport: Encodable {
  var bytes: UInt64
  var seconds: Double
  /// Of all bytes, in their order; XXH3, 16 hexadecimal digits.
  var digest: String
  var mptcp: Bool

  init(bytes: UInt64, seconds: Double, digest: UInt64, mptcp: Bool) {
    let digits = String(digest, radix: 16)
    self.digest = String(repeating: "0", count: 16 - digits.count) + digits
    (self.bytes, self.seconds, self.mptcp) = (bytes, seconds, mptcp)
  }
}
