import CLinux
import Glibc
import Migration
import Testing
import Units

/// What leaves a connection, whichever way the kernel takes it.
struct TCPConnectionTests {
  @Test func `memory sent from where it lies arrives in order between what is copied`() throws {
    let listener = try TCPListener(Endpoint(host: "127.0.0.1", port: 0))
    var profile = VMProfile.small(dirtyRate: 0)
    (profile.zeroShare, profile.compressibleShare) = (0, 0)
    let image = try VirtualMachine(seeding: profile).image
    var headers = (0..<96).map { UInt8($0) }
    // Long pieces, and between them one too short to be worth it.
    let pieces = [0..<(512 << 10), (512 << 10)..<(516 << 10), (600 << 10)..<image.byteCount]
    var sent: [UInt8] = []
    for (number, piece) in pieces.enumerated() {
      sent += headers[(32 * number)..<(32 * number + 32)] + image.bytes[piece]
    }
    let turns = 3
    let expected = Array(repeatElement(sent, count: turns).joined())
    let arrived = Received()
    let receiver = JoinableThread(name: "receiver") {
      guard let (connection, _) = listener.accept() else { return }
      arrived.bytes = (try? connection.receive(count: expected.count)) ?? []
    }
    let connection = try TCPConnection.connect(to: listener.endpoint, sourcePort: nil, place: "sender")
    for _ in 0..<turns {
      try headers.withUnsafeMutableBytes { headers in
        var vectors: [iovec] = []
        for (number, piece) in pieces.enumerated() {
          vectors.append(iovec(iov_base: headers.baseAddress! + 32 * number, iov_len: 32))
          vectors.append(iovec(iov_base: image.base + piece.lowerBound, iov_len: piece.count))
        }
        try vectors.withUnsafeMutableBufferPointer { try connection.send($0, lasting: image.bytes) }
      }
    }
    receiver.join()
    #expect(arrived.bytes == expected)
  }

  /// Written by one thread, read when it has been joined.
  private final class Received: @unchecked Sendable {
    var bytes: [UInt8] = []
  }
}
