import Foundation
import Lab
import Testing
import Units
import Wire

struct FDBAnswer: Decodable {
  struct Entry: Decodable {
    var mac: MACAddress
    var vlan: UInt16
    var port: String
    var `static`: Bool
    var ageSeconds: Double?
  }
  var fdb: [Entry]
}

extension Lab {
  func fdb() async throws -> [FDBAnswer.Entry] {
    try JSONDecoder().decode(FDBAnswer.self, from: Data(try await show("fdb").utf8)).fdb
  }

  /// Where an address is, if the switch knows it.
  func port(of address: MACAddress) async throws -> String? { try await fdb().first { $0.mac == address }?.port }
}

extension SwitchTests {
  /// What IEEE 802.1Q asks of a bridge, on the real thing.
  @Suite struct BridgeManners {
    @Test(arguments: ["super", "native"])
    func reservedAddressesAreNeverForwarded(ingress: String) async throws {
      let spec = quietLab(name: "reserved", hosts: 3, allPortKeys: ["ingress: \(ingress)"])
      try await withLab(spec) { lab in
        let reserved = (0..<16).map { plainFrame(to: MACAddress(value: 0x0180_C200_0000 + $0), from: station(1), 1) }
        let next = plainFrame(to: MACAddress(value: 0x0180_C200_0010), from: station(1), 2)
        let recorded = try await lab.record(at: [1, 2, 3], expecting: [2: 1, 3: 1]) {
          try await lab.send(reserved + [next], from: 1)
        }
        #expect(recorded[2]?.first?.bytes == next)
        #expect(try await lab.drops(at: "h1", "reservedAddress") == 16)
      }
    }

    @Test func nothingGoesFromUplinkToUplink() async throws {
      let spec = quietLab(
        name: "uplinks", hosts: 3,
        configuration: """
          switch: {workers: [0]}
          uplinks:
            - {name: h1, netdev: port1}
            - {name: h2, netdev: port2}
          ports:
            - {name: h3, netdev: port3}

          """)
      try await withLab(spec) { lab in
        let broadcast = plainFrame(to: .broadcast, from: station(1), 1)
        let unknown = plainFrame(to: station(8), from: station(1), 2)
        let flooded = try await lab.record(at: [1, 2, 3], expecting: [3: 2]) {
          try await lab.send([broadcast, unknown], from: 1)
        }
        #expect(flooded[3]?.map(\.bytes) == [broadcast, unknown])
        // The other uplink's station is known now.
        _ = try await lab.record(at: [1, 2, 3], expecting: [1: 1]) {
          try await lab.send([plainFrame(to: station(1), from: station(3), 3)], from: 3)
        }
        _ = try await lab.record(at: [1, 2, 3], expecting: [:]) {
          try await lab.send([plainFrame(to: station(1), from: station(2), 4)], from: 2)
        }
        #expect(try await lab.drops(at: "h2", "betweenUplinks") == 1)
      }
    }

    @Test func noFrameReturnsToItsPort() async throws {
      try await withLab(quietLab(name: "noreturn", hosts: 2)) { lab in
        // Broadcast, unknown, and to a station behind the same port.
        let frames = [.broadcast, station(7), station(1)].map { plainFrame(to: $0, from: station(1), 1) }
        let recorded = try await lab.record(at: [1, 2], expecting: [2: 2]) { try await lab.send(frames, from: 1) }
        #expect(recorded[2]?.map(\.bytes) == Array(frames[..<2]))
        #expect(try await lab.drops(at: "h1", "noOtherPort") == 1)
      }
    }

    /// The kernel lets no shorter frame out of a packet socket.
    @Test(arguments: ["super", "native"])
    func theShortestFrameCrosses(ingress: String) async throws {
      try await withLab(quietLab(name: "shortest", hosts: 2, allPortKeys: ["ingress: \(ingress)"])) { lab in
        let frames = (14...20).map { plainFrame(to: lab.mac(of: 2), from: station(1), 1, length: $0) }
        let recorded = try await lab.record(at: [2], expecting: [2: frames.count]) {
          try await lab.send(frames, from: 1)
        }
        #expect(recorded[2]?.map(\.bytes) == frames)
      }
    }

    @Test(arguments: ["super", "native"])
    func aFrameLongerThanTheOutputTakesIsDroppedThere(ingress: String) async throws {
      let spec = quietLab(
        name: "oversize", hosts: 3, mtu: 9000, portKeys: [2: ["mtu: 1500"]], allPortKeys: ["ingress: \(ingress)"])
      try await withLab(spec) { lab in
        let fits = plainFrame(to: .broadcast, from: station(1), 1, length: 1514)
        let long = plainFrame(to: .broadcast, from: station(1), 2, length: 1515)
        let jumbo = plainFrame(to: .broadcast, from: station(1), 3, length: 9014)
        let recorded = try await lab.record(at: [2, 3], expecting: [2: 1, 3: 3]) {
          try await lab.send([fits, long, jumbo], from: 1)
        }
        #expect(recorded[2]?.map(\.bytes) == [fits])
        #expect(recorded[3]?.map(\.bytes) == [fits, long, jumbo])
        #expect(try await lab.drops(at: "h2", "oversize") == 2)
      }
    }

    @Test func aMulticastSourceIsMalformed() async throws {
      try await withLab(quietLab(name: "multisource", hosts: 2)) { lab in
        let source = MACAddress(value: 0x0300_0000_0001)
        _ = try await lab.record(at: [1, 2], expecting: [:]) {
          try await lab.send([plainFrame(to: .broadcast, from: source, 1)], from: 1)
        }
        #expect(try await lab.drops(at: "h1", "malformed") == 1)
        #expect(try await lab.port(of: source) == nil)
      }
    }

    @Test func addressesAreLearnedMoveAndAreFlushed() async throws {
      try await withLab(quietLab(name: "learning", hosts: 3)) { lab in
        try await lab.send([plainFrame(to: .broadcast, from: station(1), 1)], from: 1)
        #expect(try await lab.eventually { try await lab.port(of: station(1)) == "h1" })
        // Known: host 3 alone gets nothing of it.
        _ = try await lab.record(at: [1, 2, 3], expecting: [1: 1]) {
          try await lab.send([plainFrame(to: station(1), from: station(2), 2)], from: 2)
        }
        try await lab.send([plainFrame(to: .broadcast, from: station(1), 3)], from: 3)
        #expect(try await lab.eventually { try await lab.port(of: station(1)) == "h3" })
        _ = try await lab.record(at: [1, 2, 3], expecting: [3: 1]) {
          try await lab.send([plainFrame(to: station(1), from: station(2), 4)], from: 2)
        }
        try await lab.millrace("fdb", "flush")
        #expect(try await lab.fdb().allSatisfy { $0.static })
        // Forgotten: flooded again.
        _ = try await lab.record(at: [1, 2, 3], expecting: [1: 1, 3: 1]) {
          try await lab.send([plainFrame(to: station(1), from: station(2), 5)], from: 2)
        }
      }
    }

    @Test func addressesAge() async throws {
      try await withLab(quietLab(name: "ageing", hosts: 2, switchLines: ["fdb: {ageing: 1s}"])) { lab in
        try await lab.send([plainFrame(to: .broadcast, from: station(1), 1)], from: 1)
        let forgotten = try await lab.eventually(10) { try await lab.port(of: station(1)) == nil }
        #expect(forgotten)
      }
    }

    @Test func aStaticAddressNeitherMovesNorGoes() async throws {
      let address = station(5)
      let entry = "{mac: \"\(address)\", port: h2}"
      let spec = quietLab(name: "statics", hosts: 3, switchLines: ["fdb: {ageing: 1s, static: [\(entry)]}"])
      try await withLab(spec) { lab in
        try await lab.send([plainFrame(to: .broadcast, from: address, 1)], from: 1)
        try await lab.millrace("fdb", "flush")
        #expect(try await lab.port(of: address) == "h2")
        let recorded = try await lab.record(at: [1, 2, 3], expecting: [2: 1]) {
          try await lab.send([plainFrame(to: address, from: station(1), 2)], from: 3)
        }
        #expect(recorded[2]?.first?.bytes == plainFrame(to: address, from: station(1), 2))
        #expect(try await lab.fdb().contains { $0.mac == address && $0.static && $0.ageSeconds == nil })
      }
    }
  }
}
