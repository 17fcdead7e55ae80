import Foundation
import Lab
import Units

/// One iperf3 run from a host to another, as its receiver saw it.
struct Bulk: Sendable {
  var from: Int
  var to: Int
  var isUDP = false
  var flows = 1
  /// Of all flows together, payload; nil: as much as goes.
  var rate: BitRate?
  /// Bytes of a datagram.
  var payload: Int
  var seconds: Int
  var port: UInt16 = 5201

  /// The first second is left out: it is slow start's, and buckets are full.
  private static let omitted = 1

  /// Sends, and says what the receiver's program got.
  func run(in lab: Lab) async throws -> BulkReceived {
    let server = try lab.spawn(
      in: to, Precedence.command() + ["iperf3", "-s", "-1", "-J", "-i", "1", "-p", "\(port)"])
    defer { server.signal(SIGKILL) }
    try await lab.waitUntilSomebodyListens(in: to, port: port)
    var command = ["iperf3", "-c", lab.spec.address(of: to), "-p", "\(port)", "-P", "\(flows)", "-i", "0"]
    command += ["-t", "\(seconds)", "-O", "\(Self.omitted)"]
    // The usual buffer holds 100 datagrams; while the receiver's CPU is at something else, more arrive.
    if isUDP {
      let each = rate.map { "\($0.bitsPerSecond / UInt64(flows))" } ?? "0"
      command += ["-u", "-l", "\(payload)", "-w", "4M", "-b", each]
    }
    let client = try lab.spawn(in: from, Precedence.command() + command)
    try await client.succeeds(within: .seconds(seconds + 20))
    try await server.succeeds(within: .seconds(10))
    return try BulkReceived(json: Data(server.output.utf8))
  }
}

/// What an iperf3 server says (`--json`), as far as experiments read it.
package struct BulkReceived: Sendable, Equatable {
  package var seconds: Double
  /// Payload.
  package var bytes: Double

  package init(json: Data) throws {
    struct Answer: Decodable {
      struct Part: Decodable {
        struct Sum: Decodable {
          var seconds: Double
          var bytes: Double
          var omitted: Bool
        }
        var sum: Sum
      }
      var intervals: [Part]
      var error: String?
    }
    let answer = try JSONDecoder().decode(Answer.self, from: json)
    if let error = answer.error { throw ExperimentError(.failed, "iperf3: \(error)") }
    let counted = answer.intervals.map(\.sum).filter { !$0.omitted }
    seconds = counted.reduce(0) { $0 + $1.seconds }
    bytes = counted.reduce(0) { $0 + $1.bytes }
    guard seconds > 0 else { throw ExperimentError(.failed, "iperf3: nothing arrived") }
  }
}
