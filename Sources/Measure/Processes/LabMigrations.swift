import Foundation
import Lab
import Units

/// What `millrace migrate send --json` prints, as far as experiments read it.
package struct SentMigrations: Codable, Sendable {
  struct Migration: Codable, Sendable {
    var bytes: UInt64
    var blackoutMilliseconds: Double
    var verified: Bool
    var openingSeconds: Double
    var startNanoseconds: UInt64
    var endNanoseconds: UInt64
    var failure: String?

    var span: (start: Nanoseconds, end: Nanoseconds) { (Nanoseconds(startNanoseconds), Nanoseconds(endNanoseconds)) }
  }

  var migrations: [Migration]
  var seconds: Double
  var bytes: UInt64
  var goodputBitsPerSecond: Double

  /// Runs a command that sends, to its end. A migration that fails is no error here: it is said in what is returned.
  init(_ command: [String]) async throws {
    let result = try await Program.result(command)
    guard let sent = try? JSONDecoder().decode(Self.self, from: Data(result.output.utf8)) else {
      let said = result.errorOutput.split(whereSeparator: \.isNewline).last ?? "it printed no figures"
      throw ExperimentError(.failed, "\(command.joined(separator: " ")): \(said)")
    }
    self = sent
  }
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
  /// One for each migration; none: the kernel's choice.
  var sourcePorts: [UInt16] = []
  /// CPUs that sender and receivers are held to; nil: all.
  var cpus: [Int]?
  /// What VMs hold, as `migrate send` has it. Pages of zeros are not sent: without any, memory and bytes on the wire are
  /// about the same.
  var contents = ["--zero", "0%"]
  /// Bytes written a second in each VM; nil: a twentieth of its memory, which is what a working guest writes, and too
  /// little to make more rounds than a few.
  var dirtyRate: Bytes?
  /// As `migrate send --transport` has it.
  var transport = "tcp"
  /// More options of `migrate send`.
  var more: [String] = []
  /// Addresses of targets that have several paths, by the target's number.
  var paths: [Int: [String]] = [:]

  /// Where targets listen.
  static let port: UInt16 = 7000

  /// Source ports begin here where experiments choose them.
  static let firstSourcePort: UInt16 = 20_000

  /// Memory of each of some VMs, in whole MiB, so that all together take so long at a rate.
  static func memory(of migrations: Int, lasting seconds: Double, at rate: BitRate) -> Bytes {
    let all = UInt64(Double(rate.bitsPerSecond) / 8 * seconds)
    return Bytes(max(1, (all / UInt64(migrations)) >> 20) << 20)
  }

  /// Runs them all to their end. One that fails is no error here: it is said in what is returned.
  func run() async throws -> SentMigrations {
    try await receiving(from: 0) {
      try await SentMigrations(sender)
    }
  }

  /// Starts a receiver in each target from `index` on that gets a migration, then runs `body`. Receivers are ended, not
  /// told how many migrations to take in: one that breaks before its greeting never comes to them.
  private func receiving<R: Sendable>(from index: Int, _ body: () async throws -> R) async throws -> R {
    guard index < min(targets.count, migrations) else { return try await body() }
    return try await Child.with(receiver(index)) { try await receiving(from: index + 1, body) }
  }

  private func endpoint(_ index: Int) -> String {
    let addresses = paths[targets[index]] ?? [lab.spec.address(of: targets[index])]
    return addresses.map { "\($0):\(Self.port)" }.joined(separator: ",")
  }

  private func receiver(_ index: Int) -> [String] {
    lab.command(
      in: targets[index],
      pinned + [executable, "migrate", "receive", "--listen", "0.0.0.0:\(Self.port)", "--plain"])
  }

  private var pinned: [String] { Precedence.command(cpus: cpus) }

  private var sender: [String] {
    let ends = targets.indices.flatMap { ["--to", endpoint($0)] }
    let ports = sourcePorts.isEmpty ? [] : ["--source-port", sourcePorts.map(String.init).joined(separator: ",")]
    let vms = ["--vm", "\(memory)", "--count", "\(migrations)", "--simultaneous", "\(migrations)"]
    let how = ["--dirty-rate", "\(dirtyRate ?? Bytes(memory.count / 20))", "--transport", transport] + more
    return lab.command(
      in: source,
      pinned + [executable, "migrate", "send", "--plain", "--json"] + vms + contents + how + ends + ports)
  }
}
