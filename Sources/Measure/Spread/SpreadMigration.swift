import Foundation
import Lab
import Units

/// What `millrace migrate send --json` prints, as far as the experiment reads it.
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

/// Simultaneous migrations from the source to one or several targets, with the program's own migration tool.
struct SpreadMigration: Sendable {
  let hosts: SpreadHosts
  let executable: String
  var migrations: Int
  var targets: Int
  var memory: Bytes
  /// Bytes a second that each VM writes while it is copied.
  var dirtyRate: Bytes
  var sourcePorts: [UInt16]
  /// CPUs that sender and receivers are held to; nil: all.
  var cpus: [Int]?

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
    let count = (migrations + targets - 1 - index) / targets
    guard index < targets, count > 0 else { return try await body() }
    return try await Child.with(receiver(index, count: count), endsByItself: true) {
      try await receiving(from: index + 1, body)
    }
  }

  private func endpoint(_ index: Int) -> String {
    "\(hosts.lab.spec.address(of: SpreadHosts.target(index))):\(SpreadHosts.port)"
  }

  private func receiver(_ index: Int, count: Int) -> [String] {
    hosts.lab.command(
      in: SpreadHosts.target(index),
      pinned + [executable, "migrate", "receive", "--listen", endpoint(index), "--plain", "--count", "\(count)"])
  }

  private var pinned: [String] {
    SpreadSettings.priority + (cpus.map { ["taskset", "-c", $0.map(String.init).joined(separator: ",")] } ?? [])
  }

  private var sender: [String] {
    let ends = (0..<targets).flatMap { ["--to", endpoint($0)] }
    let ports = sourcePorts.map(String.init).joined(separator: ",")
    let vms = ["--vm", "\(memory)", "--count", "\(migrations)", "--simultaneous", "\(migrations)"]
    // Pages of zeros are not sent: without any, memory and bytes on the wire are about the same.
    let contents = ["--zero", "0%", "--dirty-rate", "\(dirtyRate)"]
    return hosts.lab.command(
      in: SpreadHosts.source,
      pinned + [executable, "migrate", "send", "--plain", "--json"] + vms + contents + ends + ["--source-port", ports])
  }
}
