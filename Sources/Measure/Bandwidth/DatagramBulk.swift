import Lab
import Units

/// UDP flows from a host to another, handed to the kernel as super-frames (UDP_SEGMENT) where the network takes them, as the
/// receiver saw them.
struct DatagramBulk: Sendable {
  var from: Int
  var to: Int
  var flows: Int
  /// Of all flows together, payload.
  var rate: BitRate
  /// Bytes of a datagram.
  var payload: Int
  var seconds: Int
  /// The network takes super-frames of UDP.
  var takesSuperFrames: Bool

  /// Datagrams of a super-frame: a millisecond's, as TCP sizes its own (tcp_tso_autosize), as far as one holds them.
  var segments: Int {
    guard takesSuperFrames else { return 1 }
    let millisecond = Int(rate.bitsPerSecond) / 8000 / payload
    return max(1, min(millisecond, Self.longestSuperFrame / payload, Self.mostSegments))
  }
  private static let longestSuperFrame = 65000
  private static let mostSegments = 16

  /// Sends, and says what the receiver's program got. Throws when the datagrams of a flow came out of order.
  func run(in lab: Lab) async throws -> BulkReceived {
    let datagrams = Double(rate.bitsPerSecond) / 8 / Double(payload)
    let load = NumberedDatagrams.Load(
      flows: flows, count: Int(datagrams) * seconds, rate: datagrams, size: payload + Self.headers, segments: segments)
    let got = try await NumberedDatagrams.send(
      load, in: lab, from: from, to: to, sender: Precedence.command(), receiver: Precedence.command()
    ) {
      // What is for a host that never sent anything is flooded, and pays a maximum once for each port.
      guard try await lab.pings(from: to, to: lab.spec.address(of: from)) else {
        throw ExperimentError(.failed, "host \(from) does not answer host \(to)")
      }
    }
    guard got.outOfOrder == 0 else {
      throw ExperimentError(.failed, "\(got.outOfOrder) datagrams came after a later one of their flow")
    }
    return BulkReceived(seconds: got.seconds, bytes: Double(got.received * payload))
  }

  /// Ethernet's, IPv4's and UDP's.
  private static var headers: Int { BandwidthSettings.headers(isUDP: true) }
}
