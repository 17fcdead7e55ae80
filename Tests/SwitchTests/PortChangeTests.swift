import Foundation
import Lab
import Testing

extension SwitchTests {
  /// Ports that come, go and change while the switch runs.
  @Suite struct PortChanges {
    struct FDBAnswer: Decodable {
      struct Entry: Decodable {
        var mac: String
        var port: String
        var `static`: Bool
      }
      var fdb: [Entry]
    }

    private func staticPorts(_ lab: Lab) async throws -> [String] {
      try JSONDecoder().decode(FDBAnswer.self, from: Data(try await lab.show("fdb").utf8)).fdb
        .filter(\.static).map(\.port)
    }

    private func mtu(of device: String, _ lab: Lab) async throws -> Int? {
      let words = try await lab.run(in: 0, "ip", "-o", "link", "show", device).split(separator: " ")
      return words.firstIndex(of: "mtu").flatMap { Int(words[$0 + 1]) }
    }

    private func addSpare(_ lab: Lab) async throws {
      try await lab.run(in: 0, "ip", "link", "add", "spare", "type", "veth", "peer", "name", "spare2")
    }

    @Test func aStaticAddressGoesAndComesWithItsPort() async throws {
      let fdb = "fdb: {static: [{mac: \"02:00:00:00:77:01\", port: h3}]}"
      let spec = LabSpec(name: "statics", hosts: 3, switchLines: ["workers: [0]", fdb])
      try await withLab(spec) { lab in
        try await addSpare(lab)
        #expect(try await staticPorts(lab) == ["h3"])
        try await lab.millrace("port", "remove", "h3")
        try await lab.millrace("port", "add", "{name: other, netdev: spare}")
        #expect(try await staticPorts(lab) == [])
        try await lab.millrace("port", "add", "{name: h3, netdev: port3}")
        #expect(try await staticPorts(lab) == ["h3"])
      }
    }

    @Test func aRemovedPortsDeviceIsAsItWasFound() async throws {
      try await withLab(LabSpec(name: "portmtu", hosts: 2)) { lab in
        try await addSpare(lab)
        try await lab.millrace("port", "add", "{name: other, netdev: spare, mtu: 1400}")
        #expect(try await mtu(of: "spare", lab) == 1400)
        try await lab.millrace("port", "set", "other", "{mtu: 1300}")
        #expect(try await mtu(of: "spare", lab) == 1300)
        try await lab.millrace("port", "set", "other", "{mtu: null}")
        #expect(try await mtu(of: "spare", lab) == 1500)
        try await lab.millrace("port", "set", "other", "{mtu: 1400}")
        try await lab.millrace("port", "remove", "other")
        #expect(try await mtu(of: "spare", lab) == 1500)
      }
    }

    /// A veth takes no long frames while its peer has an XDP program that knows no fragments.
    @Test func whatTheDeviceRefusesChangesNothing() async throws {
      let spec = LabSpec(name: "portrefused", hosts: 2)
      try await withLab(spec) { lab in
        try await Host(lab).attachXDP(to: "eth0", in: 1, mode: "xdpdrv")
        let result = try await lab.millraceResult([
          "port", "set", "h1", "{mtu: 9000, acl: [{action: deny, direction: in, remote: 0.0.0.0/0}]}",
        ])
        #expect(result.exitCode == 69, "\(result.errorOutput)")
        #expect(result.errorOutput.contains("MTU 9000 on port1"), "\(result.errorOutput)")
        #expect(try await mtu(of: "port1", lab) == 1500)
        #expect(!(try await lab.show("acl").contains("deny")))
        #expect(try await lab.pings(from: 1, to: spec.address(of: 2)))
      }
    }

    @Test func aPortThatOthersNeedIsNotRemoved() async throws {
      try await withLab(LabSpec(name: "portneeded", hosts: 2)) { lab in
        try await lab.millrace("port", "set", "h1", "{rate: 1Gbit}")
        try await lab.millrace("port", "set", "h2", "{qos: {weight: 2}}")
        let result = try await lab.millraceResult(["port", "remove", "h1"])
        #expect(result.exitCode == 65, "\(result.errorOutput)")
        #expect(result.errorOutput.contains("port h2"), "\(result.errorOutput)")
        #expect(try await lab.ports()["h1"]?.state == "up")
      }
    }

    @Test func aDeviceMadeAnewGetsItsOwnMTUBackToo() async throws {
      try await withLab(LabSpec(name: "portagain", hosts: 2)) { lab in
        try await addSpare(lab)
        try await lab.millrace("port", "add", "{name: other, netdev: spare, mtu: 1400}")
        try await lab.run(in: 0, "ip", "link", "del", "spare")
        #expect(try await lab.eventually { try await lab.ports()["other"]?.state == "gone" })
        try await addSpare(lab)
        #expect(try await lab.eventually { try await lab.ports()["other"]?.state != "gone" })
        #expect(try await mtu(of: "spare", lab) == 1400)
        try await lab.millrace("port", "remove", "other")
        #expect(try await mtu(of: "spare", lab) == 1500)
      }
    }

    @Test func anMTUThatChangesOnTheDeviceIsFollowed() async throws {
      let spec = LabSpec(name: "livemtu", hosts: 2)
      try await withLab(spec) { lab in
        for host in 1...2 {
          try await lab.run(in: 0, "ip", "link", "set", "port\(host)", "mtu", "9000")
          try await lab.run(in: host, "ip", "link", "set", "eth0", "mtu", "9000")
        }
        #expect(
          try await lab.eventually {
            try await lab.result(
              in: 1, "ping", "-q", "-M", "do", "-s", "8000", "-c", "1", "-W", "1", spec.address(of: 2)
            ).exitCode == 0
          })
      }
    }

    /// A trunk reads tags, which the way in of super-frames hides.
    @Test func aPortThatBecomesATrunkIsReadNatively() async throws {
      try await withLab(LabSpec(name: "trunked", hosts: 2)) { lab in
        #expect(try await lab.ports()["h1"]?.mode == "generic")
        try await lab.millrace("port", "set", "h1", "{vlan: {trunk: [10, 20], native: 1}}")
        #expect(try await lab.ports()["h1"]?.mode == "native")
        try await lab.millrace("port", "set", "h1", "{vlan: null}")
        #expect(try await lab.ports()["h1"]?.mode == "generic")
        #expect(try await lab.pings(from: 1, to: lab.spec.address(of: 2)))
      }
    }

    /// What nobody takes is dropped, and the workers neither spin nor wait for it. Down itself, or without carrier.
    @Test(arguments: [(0, "port3"), (3, "eth0")])
    func aDeviceThatIsDownHoldsNobodyUp(host: Int, device: String) async throws {
      let spec = LabSpec(name: "portdown", hosts: 3, switchLines: ["workers: [0, 1]"])
      try await withLab(spec) { lab in
        try await lab.run(in: host, "ip", "link", "set", device, "down")
        // Each asks for an address that nobody has, by broadcasts.
        for _ in 1...3 {
          _ = try await lab.result(in: 1, "ping", "-q", "-c", "3", "-i", "0.2", "-W", "1", "10.77.0.77")
        }
        #expect(try await lab.pings(from: 1, to: spec.address(of: 2)))
        if host == 0 {
          let drops = try await lab.ports()["h3"]?.drops["device"] ?? 0
          #expect(drops > 0)
        }
        let begin = ContinuousClock.now
        try await lab.millrace("rss", "move", "h2", "all", "1")
        #expect(ContinuousClock.now - begin < .milliseconds(900))
        let before = try await lab.workers().map(\.cpuSeconds)
        try await Task.sleep(for: .seconds(1))
        let after = try await lab.workers().map(\.cpuSeconds)
        #expect(zip(after, before).allSatisfy { $0 - $1 < 0.2 }, "\(before) \(after)")
        try await lab.run(in: host, "ip", "link", "set", device, "up")
        #expect(try await lab.eventually { try await lab.pings(from: 1, to: spec.address(of: 3), count: 1) })
      }
    }

    @Test func aHostPortChangesInPlaceAndIsMadeAnewWhenItsDeviceGoes() async throws {
      let spec = LabSpec(name: "hostport", hosts: 2)
      try await withLab(spec) { lab in
        let address = "\(spec.address(of: 1).split(separator: ".").dropLast().joined(separator: ".")).99"
        try await lab.millrace("port", "add", "{name: mgmt, host: {name: mgmt0, addresses: [\"\(address)/24\"]}}")
        #expect(try await lab.eventually { try await lab.pings(from: 1, to: address, count: 1) })

        let before = try await lab.run(in: 0, "ip", "-o", "link", "show", "mgmt0")
        try await lab.millrace("port", "set", "mgmt", "{mtu: 1400, mac: \"02:00:00:00:77:09\"}")
        let link = try await lab.run(in: 0, "ip", "-o", "link", "show", "mgmt0")
        #expect(link.contains("mtu 1400") && link.contains("02:00:00:00:77:09"), "\(link)")
        // Its index: the device is the same.
        #expect(link.split(separator: ":").first == before.split(separator: ":").first)
        // It would go on asking for the old address for half a minute.
        try await lab.run(in: 1, "ip", "neighbor", "flush", "dev", "eth0")
        #expect(try await lab.eventually { try await lab.pings(from: 1, to: address, count: 1) })

        try await lab.run(in: 0, "ip", "link", "del", "mgmt0")
        #expect(try await lab.eventually { try await lab.pings(from: 1, to: address, count: 1) })
        #expect(try await lab.ports()["mgmt"]?.state == "up")
      }
    }
  }
}
