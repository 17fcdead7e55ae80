import Foundation
import Lab
import Testing

extension SwitchTests {
  /// Port mirroring of real traffic between two hosts, as a third one sees it.
  @Suite struct Mirrors {
    private static let meter = "acl: [{action: meter, direction: both, remote: any}]"

    /// Host 1 is mirrored to host 3.
    private func spec(_ name: String, keys: [String]) -> LabSpec {
      var spec = quietLab(
        name: name, hosts: 3,
        portKeys: [1: ["mirror: source", Self.meter], 2: [Self.meter], 3: ["mirror: destination", Self.meter]],
        allPortKeys: keys)
      spec.switchLines = ["workers: [0, 1]", "meterSaveInterval: 1s"]
      return spec
    }

    @Test func eachFrameOfAPingIsSeenOnceByteForByte() async throws {
      try await withLab(spec("mirrorping", keys: [])) { lab in
        let begin = try await counts(lab)
        #expect(try await lab.pings(from: 1, to: lab.spec.address(of: 2), count: 20))
        #expect(try await lab.pings(from: 2, to: lab.spec.address(of: 1), size: 1400, count: 20))
        try await expectCopies(lab, since: begin, frames: 80)
        // Between two sources still once, and not to a port that is none any more.
        try await lab.millrace("mirror", "h2", "source")
        let frame = plainFrame(to: lab.mac(of: 2), from: station(1), 7)
        let answer = plainFrame(to: lab.mac(of: 1), from: station(2), 9)
        let recorded = try await lab.record(at: [3], expecting: [3: 2]) {
          try await lab.send([frame], from: 1)
          try await lab.send([answer], from: 2)
        }
        #expect(Set(recorded[3]?.map(\.bytes) ?? []) == [frame, answer])
        try await lab.millrace("mirror", "h1", "none")
        try await lab.millrace("mirror", "h2", "none")
        _ = try await lab.record(at: [2, 3], expecting: [2: 1]) { try await lab.send([frame], from: 1) }
        let refusal = try await lab.millraceResult(["mirror", "h1", "sorce"])
        #expect(refusal.exitCode == 65)
        #expect(refusal.errorOutput.contains("'sorce' is none of none, source, destination"))
      }
    }

    /// Segments as they are, and super-frames whole.
    @Test(arguments: [["ingress: native", "rsc: off"], ["ingress: super"]])
    func aTransferIsSeenFrameByFrameAndMeteredOnce(keys: [String]) async throws {
      try await withLab(spec("mirrortcp", keys: keys)) { lab in
        // Both are known from here on, and nothing is flooded.
        #expect(try await lab.pings(from: 1, to: lab.spec.address(of: 2)))
        let flooded = try await lab.report().remote("any", "in", at: "h3")?.frames
        let begin = try await counts(lab)
        let sent = try await IPerf.run(
          lab, client: 1, server: 2, address: lab.spec.address(of: 2), "-b", "200M", "-P", "4", seconds: 2)
        #expect(sent.sentBytes > 10_000_000)
        try await expectCopies(lab, since: begin)
        let (report, ports) = (try await lab.report(), try await lab.ports())
        for port in ["h1", "h2"] {
          #expect(report.remote("any", "out", at: port)?.bytes == ports[port]?.receivedBytes)
          #expect(report.remote("any", "in", at: port)?.bytes == ports[port]?.transmittedBytes)
        }
        #expect(report.remote("any", "in", at: "h3")?.frames == flooded)
      }
    }

    /// While ports become sources and destinations no datagram is lost or out of order.
    @Test func partsChangeUnderLoad() async throws {
      try await withLab(spec("mirrorlive", keys: ["ingress: native", "rsc: off"])) { lab in
        async let sent = NumberedDatagrams.send(
          .init(count: 60_000, rate: 30_000), in: lab, from: 1, to: 2, sender: onOneCPU)
        for round in 0..<20 {
          try await lab.millrace("mirror", "h1", ["none", "source"][round % 2])
          try await lab.millrace("mirror", "h3", ["none", "destination"][round / 2 % 2])
        }
        let traffic = try await sent
        #expect(traffic.isOrderly && traffic.received == traffic.expected)
        #expect(try await lab.ports()["h3"]?.transmittedFrames ?? 0 > 0)
      }
    }

    private struct Counts {
      struct Side {
        var frames: UInt64
        var bytes: UInt64
      }
      var sent: Side
      var received: Side
      var copied: Side
    }

    /// What the devices of hosts 1 and 2 were given of each other, and that of host 3.
    private func counts(_ lab: Lab) async throws -> Counts {
      func side(_ host: Int) async throws -> Counts.Side {
        let device = try await lab.counts(of: host)[0]
        return .init(frames: device.frames, bytes: device.bytes)
      }
      return Counts(sent: try await side(2), received: try await side(1), copied: try await side(3))
    }

    /// Host 3 was given what host 1 sent and received, frame for frame and byte for byte.
    private func expectCopies(_ lab: Lab, since begin: Counts, frames: UInt64? = nil) async throws {
      try await Meters.settles(lab)
      var now = try await counts(lab)
      for side in [\Counts.sent, \.received, \.copied] {
        now[keyPath: side].frames -= begin[keyPath: side].frames
        now[keyPath: side].bytes -= begin[keyPath: side].bytes
      }
      if let frames { #expect(now.copied.frames == frames) }
      #expect(now.copied.frames == now.sent.frames + now.received.frames)
      #expect(now.copied.bytes == now.sent.bytes + now.received.bytes)
      let ports = try await lab.ports().ports
      for port in ports { #expect(port.drops.isEmpty, "\(port.name): \(port.drops)") }
    }
  }
}
