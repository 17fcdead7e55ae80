import Foundation
import Lab
import Units

/// What `millrace migrate send --json` prints, as far as experiments read it.
package struct SentMigrations: Codable, Sendable {
  struct Migration: Codable, Sendable {
    var bytes: UInt64
    var blackoutMilliseconds: Double
    var verified: Bool
    var startNanoseconds: UInt64
    var endNanoseconds: UInt64
    var failure: String?

    var span: (start: Nanoseconds, end: Nanoseconds) { (Nanoseconds(startNanoseconds), Nanoseconds(endNanoseconds)) }
  }

  var migrations: [Migration]
  var seconds: Double
  var bytes: UInt64
  var goodputBitsPerSecond: Double
}

/// Simultaneous migrations from one host of a lab to one or several others, with the program's own migration tool.
struct LabMigrations: Sendable {
  let lab: Lab
  let executable: String
  /// Hosts' numbers. Migrations are dealt to the targets in turn.
  var source: Int
  var targets: [Int]
  var migrations: Int
  var memory: Bytes
  /// Bytes a second that each VM writes while it is copied.
  var dirtyRate: Bytes
  var sourcePorts: [UInt16]
  /// CPUs that sender and receivers are held to; nil: all.
  var cpus: [Int]?

  /// Where targets listen.
  static let port: UInt16 = 7000

  /// In front of every measured program: other work of the machine shall disturb little.
  static let priority = ["nice", "-n", "-10"]

  /// Runs them all to their end. One that fails is no error here: it is said in what is returned.
  func run() async throws -> SentMigrations {
    try await receiving(from: 0) {
      let result = try await Program.result(sender)
      guard let sent = try? JSONDecoder().decode(SentMigrations.self, from: Data(result.output.utf8)) else {
        let said = result.errorOutput.split(whereSeparator: \.isNewline).last ?? "it printed no figures"
        throw ExperimentError(.failed, "\(sender.joined(separator: " ")): \(said)")
      }
      return sent
    }
  }

  /// Starts a receiver in each target from `index` on that gets a migration, then runs `body`.
  private func receiving<R: Sendable>(from index: Int, _ body: () async throws -> R) async throws -> R {
    let count = (migrations + targets.count - 1 - index) / targets.count
    guard index < targets.count, count > 0 else { return try await body() }
    return try await Child.with(receiver(index, count: count), endsByItself: true) {
      try await receiving(from: index + 1, body)
    }
  }

  private func endpoint(_ index: Int) -> String {
    "\(lab.spec.address(of: targets[index])):\(Self.port)"
  }

  private func receiver(_ index: Int, count: Int) -> [String] {
    lab.command(
      in: targets[index],
      pinned + [executable, "migrate", "receive", "--listen", endpoint(index), "--plain", "--count", "\(count)"])
  }

  private var pinned: [String] {
    Self.priority + (cpus.map { ["taskset", "-c", $0.map(String.init).joined(separator: ",")] } ?? [])
  }

  private var sender: [String] {
    let ends = targets.indices.flatMap { ["--to", endpoint($0)] }
    let ports = sourcePorts.map(String.init).joined(separator: ",")
    let vms = ["--vm", "\(memory)", "--count", "\(migrations)", "--simultaneous", "\(migrations)"]
    // Pages of zeros are not sent: without any, memory and bytes on the wire are about the same.
    let contents = ["--zero", "0%", "--dirty-rate", "\(dirtyRate)"]
    return lab.command(
      in: source,
      pinned + [executable, "migrate", "send", "--plain", "--json"] + vms + contents + ends + ["--source-port", ports])
  }
}
