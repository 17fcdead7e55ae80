import Lab
import Testing
import Units
import Wire

extension SwitchTests {
  /// Access and trunk ports over veth, whose senders may leave a tag beside the frame.
  @Suite struct VLANs {
    /// Hosts 1 and 3 on access ports of VLANs 10 and 20; host 2 on a trunk of both, with native VLAN 1; host 4 on a
    /// trunk of 20 and 30 whose native VLAN is 10.
    private func spec(_ name: String, access: String = "auto") -> LabSpec {
      quietLab(
        name: name, hosts: 4,
        portKeys: [
          1: ["vlan: {access: 10}", "ingress: \(access)"], 2: ["vlan: {trunk: [10, 20], native: 1}"],
          3: ["vlan: {access: 20}", "ingress: \(access)"], 4: ["vlan: {trunk: [20, 30], native: 10}"],
        ])
    }

    private static let bare = plainFrame(to: .broadcast, from: station(1), 1)

    private static func tagged(_ vlan: UInt16, priority: UInt8 = 0) -> [UInt8] {
      FrameBuilder(to: .broadcast, from: station(1)).tagged(vlan, priority: priority)
        .payload(type: 0x88B5, [UInt8](repeating: 1, count: 46))
    }

    @Test(arguments: ["auto", "native"])
    func untaggedFrameOfAnAccessPort(access: String) async throws {
      try await withLab(spec("vlanaccess", access: access)) { lab in
        let recorded = try await lab.record(at: [1, 2, 3, 4], expecting: [2: 1, 4: 1]) {
          try await lab.send([Self.bare], from: 1)
        }
        // On the trunk it carries its VLAN, where that is native it does not.
        #expect(recorded[2]?.first?.vlan == 10 && recorded[2]?.first?.priority == 0)
        #expect(recorded[2]?.first?.untagged == Self.bare)
        #expect(recorded[4]?.first?.bytes == Self.bare)
      }
    }

    /// The tag sits in the bytes of the frame, or the sender's kernel hands it on beside the frame.
    @Test(arguments: [false, true])
    func taggedFrameOfATrunk(isBeside: Bool) async throws {
      try await withLab(spec("vlantrunk")) { lab in
        let ports = try await lab.ports()
        #expect(ports["h2"]?.mode == "native" && ports["h1"]?.mode == "generic")
        func send(_ vlan: UInt16, priority: UInt8) async throws {
          if isBeside {
            try await lab.send([Self.bare], from: 2, tagBeside: UInt16(priority) << 13 | vlan)
          } else {
            try await lab.send([Self.tagged(vlan, priority: priority)], from: 2)
          }
        }
        let in10 = try await lab.record(at: [1, 3, 4], expecting: [1: 1, 4: 1]) { try await send(10, priority: 5) }
        #expect(in10[1]?.first?.bytes == Self.bare)
        #expect(in10[4]?.first?.bytes == Self.bare)
        let in20 = try await lab.record(at: [1, 3, 4], expecting: [3: 1, 4: 1]) { try await send(20, priority: 5) }
        #expect(in20[3]?.first?.bytes == Self.bare)
        #expect(in20[4]?.first?.vlan == 20 && in20[4]?.first?.priority == 5)
        #expect(in20[4]?.first?.bytes == Self.tagged(20, priority: 5))
        // VLAN 30 is not on this trunk, and the native VLAN 1 is nowhere else.
        _ = try await lab.record(at: [1, 3, 4], expecting: [:]) { try await send(30, priority: 0) }
        #expect(try await lab.drops(at: "h2", "vlan") == 1)
        _ = try await lab.record(at: [1, 3, 4], expecting: [:]) { try await lab.send([Self.bare], from: 2) }
        #expect(try await lab.drops(at: "h2", "noOtherPort") == 1)
      }
    }

    /// A guest's tags are in its frames. The kernel runs a tap's native program on super-frames too, and does not say so.
    @Test(arguments: ["auto", "native"])
    func superFrameOfATapsTrunk(ingress: String) async throws {
      let spec = quietLab(name: "vlantap", hosts: 1, portKeys: [1: ["vlan: {access: 10}"]])
      try await withLab(spec) { lab in
        await lab.stopSwitch()
        let tap = try BareTap("tap9", in: spec.namespace(of: 0), hasVNetHeader: true)
        try await lab.run(in: 0, "ip", "link", "set", "tap9", "up")
        let port = "{name: vm, netdev: tap9, ingress: \(ingress), vlan: {trunk: [10, 20], native: 1}}"
        try await lab.startSwitch(configuration: spec.configuration + "  - \(port)\n")
        let frame = FrameBuilder(to: .broadcast, from: station(1)).tagged(10).ipv4("192.0.2.1", "192.0.2.2")
          .tcp(4001, 5001, payload: [UInt8](repeating: 7, count: 5000), checksum: .partial)
        let recorded = try await lab.record(at: [1], expecting: [1: 1]) {
          try tap.write(superFrame: frame, segmentSize: 1400, l4Offset: 38)
        }
        #expect(recorded[1]?.first?.segmentSize == 1400)
        #expect(recorded[1]?.first?.bytes == Array(frame[..<12] + frame[16...]))
      }
    }

    /// A priority tag names no VLAN: the frame is the port's own, and its priority goes with it.
    @Test(arguments: [false, true])
    func priorityTagOnATrunk(isBeside: Bool) async throws {
      try await withLab(spec("vlanpriority")) { lab in
        let recorded = try await lab.record(at: [1, 2], expecting: [1: 1, 2: 1]) {
          if isBeside {
            try await lab.send([Self.bare], from: 4, tagBeside: 3 << 13)
          } else {
            try await lab.send([Self.tagged(0, priority: 3)], from: 4)
          }
        }
        #expect(recorded[1]?.first?.bytes == Self.bare)
        #expect(recorded[2]?.first?.vlan == 10 && recorded[2]?.first?.priority == 3)
      }
    }

    @Test(arguments: [("auto", false), ("native", false), ("native", true)])
    func taggedFrameOfAnAccessPortIsRefused(access: String, isBeside: Bool) async throws {
      try await withLab(spec("vlanrefused", access: access)) { lab in
        _ = try await lab.record(at: [1, 2, 3, 4], expecting: [:]) {
          for vlan in [UInt16(10), 20] {
            if isBeside {
              try await lab.send([Self.bare], from: 1, tagBeside: vlan)
            } else {
              try await lab.send([Self.tagged(vlan)], from: 1)
            }
          }
        }
        #expect(try await lab.drops(at: "h1", "vlan") == 2)
        let fdb = try await lab.fdb()
        #expect(!fdb.contains { $0.mac == station(1) }, "a refused frame taught the switch an address")
      }
    }

    /// Only the outer tag is the switch's.
    @Test(arguments: [false, true])
    func innerTagStays(isBeside: Bool) async throws {
      let inner = Self.tagged(99)
      let stacked = FrameBuilder(to: .broadcast, from: station(1)).tagged(10).tagged(99)
        .payload(type: 0x88B5, [UInt8](repeating: 1, count: 46))
      try await withLab(spec("vlaninner")) { lab in
        let recorded = try await lab.record(at: [1, 4], expecting: [1: 1, 4: 1]) {
          try await lab.send([isBeside ? inner : stacked], from: 2, tagBeside: isBeside ? 10 : nil)
        }
        #expect(recorded[1]?.first?.bytes == inner)
        #expect(recorded[4]?.first?.bytes == inner)
      }
    }

    /// Checksums and segments are found behind a tag that the switch adds or takes away.
    @Test func partialChecksumsAndSuperFramesCrossTags() async throws {
      try await withLab(spec("vlanoffload")) { lab in
        let intoTrunk = transportFrames(to: lab.mac(of: 2), payload: 4000, checksum: .right)
        let segments = try await lab.record(at: [2], expecting: [2: intoTrunk.count]) {
          try await lab.send(intoTrunk, from: 1, segmentSize: 1000)
        }
        #expect(segments[2]!.allSatisfy { $0.vlan == 10 && $0.hasGoodChecksum && $0.segmentSize == 1000 })
        let small = transportFrames(to: lab.mac(of: 2), checksum: .right)
        let tagged = try await lab.record(at: [2], expecting: [2: small.count]) {
          try await lab.send(small, from: 1, checksum: "partial")
        }
        #expect(tagged[2]!.allSatisfy { $0.vlan == 10 && $0.hasGoodChecksum })
        let outOfTrunk = transportFrames(to: lab.mac(of: 1), checksum: .right)
        let untagged = try await lab.record(at: [1], expecting: [1: outOfTrunk.count]) {
          try await lab.send(outOfTrunk, from: 2, checksum: "partial", tagBeside: 10)
        }
        #expect(untagged[1]!.allSatisfy { $0.vlan == nil && $0.hasGoodChecksum })
      }
    }

    /// A trunk is read natively by itself, also one that an uplink is by default.
    @Test func anUplinkKeepsTagsBesideFrames() async throws {
      let spec = quietLab(
        name: "vlanuplink", hosts: 3,
        configuration: """
          switch: {workers: [0]}
          uplinks:
            - {name: h1, netdev: port1}
          ports:
            - {name: h2, netdev: port2, vlan: {access: 10}}
            - {name: h3, netdev: port3}

          """)
      try await withLab(spec) { lab in
        let recorded = try await lab.record(at: [2, 3], expecting: [2: 1]) {
          try await lab.send([Self.bare], from: 1, tagBeside: 10)
        }
        #expect(recorded[2]?.first?.bytes == Self.bare)
        let up = try await lab.record(at: [1], expecting: [1: 1]) { try await lab.send([Self.bare], from: 2) }
        #expect(up[1]?.first?.vlan == 10)
      }
    }
  }
}
