import Foundation
import Glibc

/// Network namespaces of one experiment, named `mr-PID-HOST`, so that what a killed experiment left is known by its name.
struct Namespaces: Sendable {
  let process: Int32

  init(process: Int32 = getpid()) { self.process = process }

  func name(_ host: String) -> String { "mr-\(process)-\(host)" }

  /// The command, run in a host.
  func command(in host: String, _ command: [String]) -> [String] {
    ["ip", "netns", "exec", name(host)] + command
  }

  @discardableResult
  func run(in host: String, _ command: [String]) async throws -> String {
    try await Child.run(self.command(in: host, command))
  }

  func add(_ host: String) async throws {
    try await Child.run(["ip", "netns", "add", name(host)])
    try await Child.run(["ip", "-n", name(host), "link", "set", "lo", "up"])
  }

  /// Removes the namespaces of this process and those of processes that are gone.
  func removeAll() async throws {
    let listed = try await Child.run(["ip", "netns", "list"])
    for line in listed.split(whereSeparator: \.isNewline) {
      guard let name = line.split(separator: " ").first, let owner = Self.owner(of: String(name)) else { continue }
      if owner == process || kill(owner, 0) != 0 { try await Child.run(["ip", "netns", "del", String(name)]) }
    }
  }

  /// The process that made a namespace; nil when it was no experiment.
  static func owner(of name: String) -> Int32? {
    let parts = name.split(separator: "-", maxSplits: 2)
    return parts.count == 3 && parts[0] == "mr" ? Int32(parts[1]) : nil
  }
}
