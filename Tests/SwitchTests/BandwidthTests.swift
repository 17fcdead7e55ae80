import Foundation
import Lab
import Testing

extension SwitchTests {
  /// Minimum and maximum bandwidth on real packets; how near they come to the figure: Scripts/accept qos.
  @Suite struct Bandwidth {
    struct QoSAnswer: Decodable {
      struct Class: Decodable {
        var port: String
        var `class`: String
        var maximumBitsPerSecond: UInt64?
        var grantedBitsPerSecond: UInt64?
        var bytes: UInt64
        var frames: UInt64
        var dropsAQM: UInt64
        var dropsFull: UInt64
      }
      var qos: [Class]
    }

    private func classes(_ lab: Lab) async throws -> [QoSAnswer.Class] {
      try JSONDecoder().decode(QoSAnswer.self, from: Data(try await lab.show("qos").utf8)).qos
    }

    @Test(arguments: ["super", "native"]) func aPortKeepsToItsMaximumAndAnotherDoesNotFeelIt(ingress: String)
      async throws
    {
      let spec = LabSpec(
        name: "qosmax", hosts: 2, portKeys: [1: ["qos: {maximum: 100Mbit}"]], allPortKeys: ["ingress: \(ingress)"])
      try await withLab(spec) { lab in
        let held = try await IPerf.run(lab, client: 1, server: 2, address: spec.address(of: 2), "-P", "4", seconds: 2)
        #expect(held.receivedBitsPerSecond <= 101e6)
        #expect(held.receivedBitsPerSecond >= 70e6)
        let free = try await IPerf.run(lab, client: 2, server: 1, address: spec.address(of: 1))
        #expect(free.receivedBitsPerSecond > 200e6)
        let sent = try #require(try await classes(lab).first { $0.port == "h1" })
        #expect(sent.maximumBitsPerSecond == 100_000_000 && sent.grantedBitsPerSecond == 100_000_000)
        #expect(sent.bytes > 15_000_000)
      }
    }

    @Test(arguments: [
      (1500, 1, false), (1500, 8, false), (1500, 1, true), (1500, 8, true), (9000, 1, false),
    ]) func whatArrivesIsTheMaximum(mtu: Int, flows: Int, isUDP: Bool) async throws {
      let spec = LabSpec(name: "qosrate", hosts: 2, mtu: mtu, portKeys: [1: ["qos: {maximum: 100Mbit}"]])
      let (address, flows) = (spec.address(of: 2), "\(flows)")
      let payload = Double(mtu - 52)
      try await withLab(spec) { lab in
        // Datagrams carry what segments with timestamps do. Slow start does not count.
        var options = ["-P", flows, "-O", "1"]
        if isUDP { options += ["-u", "-w", "2M", "-l", "1448", "-b", "130M"] }
        var seen: [Double] = []
        // A host that takes a CPU away for a tenth of a second takes as much from a run: another one is made then.
        let isMaximum = try await lab.eventually(30) {
          let run = try await IPerf.run(lab, client: 1, server: 2, address: address, more: options, seconds: 2)
          seen.append(run.receivedBitsPerSecond * (payload + (isUDP ? 42 : 66)) / payload)
          return abs(seen[seen.count - 1] / 100e6 - 1) <= 0.02
        }
        #expect(isMaximum, "\(seen)")
        #expect((seen.max() ?? 0) <= 102e6, "\(seen)")
      }
    }

    @Test func aMaximumIsChangedWhileFramesWait() async throws {
      let spec = LabSpec(name: "qosset", hosts: 2, portKeys: [1: ["qos: {maximum: 20Mbit}"]])
      try await withLab(spec) { lab in
        async let load = IPerf.run(
          lab, client: 1, server: 2, address: spec.address(of: 2), "-u", "-b", "60M", "-l", "1000", seconds: 3)
        for rate in ["10Mbit", "null", "30Mbit", "5Mbit"] {
          try await Task.sleep(for: .milliseconds(500))
          try await lab.millrace("qos", "set", "h1", "{maximum: \(rate)}")
        }
        _ = try await load
        let sent = try #require(try await classes(lab).first { $0.port == "h1" })
        #expect(sent.maximumBitsPerSecond == 5_000_000)
        #expect(sent.dropsFull + sent.dropsAQM > 0)
        // What still waits may be dropped between two looks.
        let agrees = try await lab.eventually {
          let drops = try await lab.ports().ports.reduce(0) {
            $0 + ($1.drops["aqm"] ?? 0) + ($1.drops["queueFull"] ?? 0)
          }
          return try await classes(lab).reduce(0) { $0 + $1.dropsFull + $1.dropsAQM } == drops
        }
        #expect(agrees)
      }
    }

    @Test func theChecksumsOfMarkedPacketsAreRight() async throws {
      let spec = LabSpec(
        name: "qosmark", hosts: 2,
        allPortKeys: ["classes: [{name: all, match: {protocol: tcp}, setDscp: 10, maximum: 200Mbit}]"])
      try await withLab(spec) { lab in
        // A wrong IPv4 checksum would let nothing through.
        let bulk = try await IPerf.run(lab, client: 1, server: 2, address: spec.address(of: 2))
        #expect(bulk.receivedBitsPerSecond > 50e6)
        #expect(try await classes(lab).contains { $0.class == "all" && $0.frames > 1000 })
      }
    }
  }
}
