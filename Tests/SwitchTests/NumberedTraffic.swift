import Foundation
import Lab

/// The traffic program, built beside millrace.
func trafficProgram() throws -> String {
  let millrace = try Lab.executable()
  return millrace.replacing(#/millrace$/#, with: "traffic")
}

/// Numbered datagrams from one host of a lab to another, and what the receiver says became of them.
struct NumberedTraffic: Decodable {
  var expected: Int
  var received: Int
  var outOfOrder: Int
  var duplicates: Int
  var damaged: Int

  /// What came was whole, came once, and in the order of its flow.
  var isOrderly: Bool { outOfOrder == 0 && duplicates == 0 && damaged == 0 }

  /// Sends `count` datagrams, `flows` flows in turn, `rate` a second, all `onOneCPU`.
  static func send(
    _ lab: Lab, from: Int, to: Int, flows: Int = 64, count: Int, rate: Int, size: Int? = nil
  ) async throws -> NumberedTraffic {
    let receiver = try lab.spawn(in: to, [try trafficProgram(), "number", "receive"])
    try await receiver.prints("ready")
    let sender =
      onOneCPU + [
        try trafficProgram(), "number", "send", "--destination", lab.spec.address(of: to),
        "--flows", "\(flows)", "--count", "\(count)", "--rate", "\(rate)",
      ]
    try await Program.run(lab.command(in: from, sender + (size.map { ["--size", "\($0)"] } ?? [])))
    _ = await receiver.ends(within: .seconds(30))
    let answer = receiver.output.split(whereSeparator: \.isNewline).last { $0.hasPrefix("{") }
    guard let answer else { throw LabError("host \(to) received no numbered datagrams: \(receiver.errorOutput)") }
    return try JSONDecoder().decode(Self.self, from: Data(answer.utf8))
  }
}
