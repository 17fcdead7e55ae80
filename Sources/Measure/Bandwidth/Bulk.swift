import Foundation
import Lab
import Units

/// TCP streams from a host to another, as much as goes, as the receiver saw them.
struct Bulk: Sendable {
  var from: Int
  var to: Int
  var flows = 1
  var seconds: Int
  var port: UInt16 = 5201

  /// The first second is left out: it is slow start's, and buckets are full.
  private static let omitted = 1
  /// Linux's usual one (RFC 9438), whatever the host's default is: BBR sends next to nothing for 200 ms every ten seconds,
  /// of its own accord, which would be taken for the switch's doing.
  static let congestionControl = "cubic"

  /// Sends, and says what the receiver's program got.
  func run(in lab: Lab) async throws -> BulkReceived {
    let server = try lab.spawn(
      in: to, Precedence.command() + ["iperf3", "-s", "-1", "-J", "-i", "1", "-p", "\(port)"])
    defer { server.signal(SIGKILL) }
    try await lab.waitUntilSomebodyListens(in: to, port: port)
    var command = ["iperf3", "-c", lab.spec.address(of: to), "-p", "\(port)", "-P", "\(flows)", "-i", "0"]
    command += ["-t", "\(seconds)", "-O", "\(Self.omitted)", "-C", Self.congestionControl]
    let client = try lab.spawn(in: from, Precedence.command() + command)
    try await client.succeeds(within: .seconds(seconds + 20))
    try await server.succeeds(within: .seconds(10))
    return try BulkReceived(json: Data(server.output.utf8))
  }
}

/// What a receiver got.
package struct BulkReceived: Sendable, Equatable {
  package var seconds: Double
  /// Payload.
  package var bytes: Double
}

extension BulkReceived {
  /// Of what an iperf3 server says (`--json`).
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
    self.init(seconds: counted.reduce(0) { $0 + $1.seconds }, bytes: counted.reduce(0) { $0 + $1.bytes })
    guard seconds > 0 else { throw ExperimentError(.failed, "iperf3: nothing arrived") }
  }
}
