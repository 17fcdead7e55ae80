import Foundation
import Lab
import Testing

/// Rules and meters of a running switch, as its commands tell of them.
struct MetersAnswer: Decodable {
  struct Meter: Decodable {
    var meter: String?
    var port: String
    var local: String?
    var remote: String?
    var direction: String
    var frames: UInt64
    var bytes: UInt64
    var active: Bool
  }
  struct Total: Decodable {
    var port: String
    var direction: String
    var frames: UInt64
    var bytes: UInt64
  }
  struct Shared: Decodable {
    var meter: String
    var direction: String
    var ports: [String]
    var frames: UInt64
    var bytes: UInt64
  }
  var meters: [Meter]
  /// Of the report alone.
  var totals: [Total]?
  var shared: [Shared]?

  /// The meter of a port and direction whose remote end is written so.
  func remote(_ remote: String, _ direction: String, at port: String) -> Meter? {
    meters.first { $0.port == port && $0.remote == remote && $0.direction == direction }
  }
}

struct RulesAnswer: Decodable {
  struct Rule: Decodable {
    var port: String
    var direction: String
    var action: String
    var remote: String?
    var weight: Int?
    var frames: UInt64
  }
  var acl: [Rule]
}

struct DropsAnswer: Decodable {
  struct Recent: Decodable {
    var direction: String
    var source: String
    var destination: String
    var `protocol`: String?
  }
  struct Drop: Decodable {
    var port: String?
    var reason: String
    var rule: String?
    var frames: UInt64
    var recent: [Recent]
  }
  var drops: [Drop]
}

extension Lab {
  func report() async throws -> MetersAnswer {
    try JSONDecoder().decode(MetersAnswer.self, from: Data(try await millrace("meters", "report", "--json").utf8))
  }

  func rules(_ options: String...) async throws -> [RulesAnswer.Rule] {
    let answer = try await millrace("acl", "list", "--json", more: options)
    return try JSONDecoder().decode(RulesAnswer.self, from: Data(answer.utf8)).acl
  }

  func dropRows() async throws -> [DropsAnswer.Drop] {
    try JSONDecoder().decode(DropsAnswer.self, from: Data(try await show("drops").utf8)).drops
  }

  /// What devices of a host took since they were made.
  func counts(of host: Int, devices: [String] = [LabSpec.hostDevice]) async throws -> [DeviceCount] {
    let files = devices.map { "/sys/class/net/\($0)/statistics/" }.flatMap { directory in
      ["rx_packets", "rx_bytes", "rx_dropped"].map { directory + $0 }
    }
    let numbers = try await run(in: host, "sh", "-c", "cat \(files.joined(separator: " "))").split(
      whereSeparator: \.isNewline
    ).map { UInt64($0)! }
    return stride(from: 0, to: numbers.count, by: 3).map {
      DeviceCount(frames: numbers[$0], bytes: numbers[$0 + 1], dropped: numbers[$0 + 2])
    }
  }
}

/// What a device took, and what of it its host had no room for.
struct DeviceCount {
  var frames: UInt64
  var bytes: UInt64
  var dropped: UInt64
}

/// A lab whose hosts say nothing by themselves, with rules at their ports.
func ruleLab(
  _ name: String, hosts: Int = 2, workers: String = "[0]", rules: [Int: [String]], keys: [String] = []
) -> LabSpec {
  var spec = quietLab(
    name: name, hosts: hosts, portKeys: rules.mapValues { ["acl: [\($0.joined(separator: ", "))]"] }, allPortKeys: keys)
  spec.switchLines = ["workers: \(workers)", "meterSaveInterval: 1s"]
  return spec
}
