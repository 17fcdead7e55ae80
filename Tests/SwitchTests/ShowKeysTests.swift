import Foundation
import Lab
import Testing
import Units

extension SwitchTests {
  /// The keys that scripts rely on, from a switch that runs.
  @Suite struct ShowKeys {
    private static let lists: [String: [String]] = [
      "ports": [
        "name", "kind", "netdev", "mode", "state", "mac", "receivedFrames", "receivedBytes", "transmittedFrames",
        "transmittedBytes", "drops", "mirror",
      ],
      "workers": ["worker", "cpu", "load", "emulatedShare", "frames"],
      "queues": ["port", "mac", "vlan", "homeWorker", "workers", "vrss", "frames"],
      "indirection": ["port", "entries"],
      "fdb": ["mac", "vlan", "port", "static", "ageSeconds"],
      "drops": ["port", "reason", "rule", "frames", "recent"],
      "acl": ["port", "direction", "action", "remote", "local", "weight", "frames", "bytes"],
      "qos": ["port", "class", "grantedBitsPerSecond", "delayP50Microseconds", "delayP99Microseconds", "marks"],
      "meters": ["meter", "port", "local", "remote", "direction", "frames", "bytes"],
    ]
    private static let objects: [String: [String]] = [
      "frames": ["total", "free", "kernel", "held", "lost"],
      "summary": ["version", "steering", "polling", "uptimeSeconds", "workers", "ports"],
    ]

    @Test func everySubjectIsOneObjectNamedAfterIt() async throws {
      let spec = LabSpec(
        name: "showkeys", hosts: 2, switchLines: ["workers: [0, 1]", "steering: vmq+vrss"],
        portKeys: [1: ["acl: [{action: meter, direction: both, remote: any}]", "qos: {maximum: 1Gbit}"]],
        extraPorts: ["{name: mgmt, host: {name: mgmt0, addresses: [10.77.0.100/24]}}"])
      try await withLab(spec) { lab in
        #expect(try await lab.pings(from: 1, to: spec.address(of: 2)))
        // Something dropped: a frame that no bridge forwards.
        let reserved = plainFrame(to: .init(value: 0x0180_C200_0000), from: station(1), 1)
        try await lab.send([reserved], from: 1)
        for (subject, keys) in Self.lists {
          let elements = try #require(try await Self.object(lab, subject)[subject] as? [[String: Any]], "\(subject)")
          #expect(!elements.isEmpty, "\(subject)")
          for element in elements {
            #expect(Set(keys).isSubset(of: element.keys), "\(subject): \(element.keys.sorted())")
          }
        }
        for (subject, keys) in Self.objects {
          let object = try #require(try await Self.object(lab, subject)[subject] as? [String: Any], "\(subject)")
          #expect(Set(keys).isSubset(of: object.keys), "\(subject): \(object.keys.sorted())")
        }
        let tables = try await Self.object(lab, "indirection")["indirection"] as? [[String: Any]]
        let entries = try #require(tables?.first?["entries"] as? [Int])
        #expect(entries.count == 128 && Set(entries).isSubset(of: [0, 1]))
        let ports = try await Self.object(lab, "ports")["ports"] as? [[String: Any]]
        #expect(Set(ports?.compactMap { $0["kind"] as? String } ?? []) == ["netdev", "host"])
      }
    }

    /// Exactly one key at the top.
    private static func object(_ lab: Lab, _ subject: String) async throws -> [String: Any] {
      let text = try await lab.show(subject)
      let object = try #require(try JSONSerialization.jsonObject(with: Data(text.utf8)) as? [String: Any])
      #expect(Array(object.keys) == [subject])
      return object
    }
  }
}
