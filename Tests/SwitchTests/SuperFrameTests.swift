import Foundation
import Lab
import Testing

extension SwitchTests {
  /// Super-frames, joined and cut, under real TCP: the stream must arrive as it was sent.
  @Suite struct SuperFrames {
    private struct Bulk: Decodable {
      var bytes: Int
      var digest: String
    }

    /// Settings of both hosts' TCP.
    struct Manners: Sendable, CustomTestStringConvertible {
      var sysctls: [String]
      var mptcp = false
      var testDescription: String { mptcp ? "MPTCP" : sysctls.joined(separator: " ") }

      static let all = [
        Manners(sysctls: ["net.ipv4.tcp_timestamps=1", "net.ipv4.tcp_sack=1", "net.ipv4.tcp_window_scaling=1"]),
        Manners(sysctls: ["net.ipv4.tcp_timestamps=0", "net.ipv4.tcp_sack=1", "net.ipv4.tcp_window_scaling=1"]),
        Manners(sysctls: ["net.ipv4.tcp_timestamps=1", "net.ipv4.tcp_sack=0", "net.ipv4.tcp_window_scaling=1"]),
        Manners(sysctls: ["net.ipv4.tcp_timestamps=0", "net.ipv4.tcp_sack=0", "net.ipv4.tcp_window_scaling=0"]),
        Manners(sysctls: ["net.ipv4.tcp_ecn=1"]),
        Manners(sysctls: [], mptcp: true),
      ]
    }

    private func transfer(_ lab: Lab, _ spec: LabSpec, _ manners: Manners, from: Int, to: Int, name: String)
      async throws
    {
      for setting in manners.sysctls {
        for host in [from, to] { try await lab.run(in: host, "sysctl", "-qw", setting) }
      }
      let traffic = try BuiltProgram.path("traffic")
      let output = "\(spec.directory)/\(name).json"
      let flags = manners.mptcp ? ["--mptcp"] : []
      let receiver = try lab.spawn(in: to, [traffic, "bulk", "receive"] + flags, log: output)
      #expect(
        try await lab.eventually { (try? String(contentsOfFile: output, encoding: .utf8))?.contains("ready") == true })
      let bytes = isAcceptance ? 1 << 30 : 1 << 27
      let sent = try await Program.run(
        lab.command(
          in: from, [traffic, "bulk", "send", "--destination", spec.address(of: to), "--bytes", "\(bytes)"] + flags))
      #expect(await receiver.ends(within: .seconds(30)))
      let received = try #require(
        try String(contentsOfFile: output, encoding: .utf8).split(whereSeparator: \.isNewline).last {
          $0.hasPrefix("{")
        })
      let a = try JSONDecoder().decode(Bulk.self, from: Data(sent.utf8))
      let b = try JSONDecoder().decode(Bulk.self, from: Data(received.utf8))
      #expect(a.bytes == bytes)
      #expect(a.bytes == b.bytes && a.digest == b.digest, "\(name): \(a) became \(b)")
    }

    /// In natively and joined, or in whole; out whole, or cut for a host whose link has XDP and so no segmentation.
    @Test(arguments: ["native", "super"], Manners.all)
    func aStreamArrivesAsItWasSent(ingress: String, manners: Manners) async throws {
      let spec = LabSpec(
        name: "bulk", hosts: 2, switchLines: ["workers: [0, 1]", "steering: vmq+vrss"],
        allPortKeys: ["ingress: \(ingress)"])
      try await withLab(spec) { lab in
        try await transfer(lab, spec, manners, from: 1, to: 2, name: "there")
        try await transfer(lab, spec, manners, from: 2, to: 1, name: "back")
        let port = try #require(try await lab.ports()["h2"])
        #expect(port.superFramesSent > 0)
        #expect((port.segmentsJoined > 0) == (ingress == "native"))
      }
    }

    /// Coalescing is turned off and on under a stream, which goes on.
    @Test func coalescingIsSwitchedLive() async throws {
      let spec = LabSpec(name: "rsclive", hosts: 2, allPortKeys: ["ingress: native"])
      try await withLab(spec) { lab in
        let manners = Manners(sysctls: [])
        async let stream: Void = transfer(lab, spec, manners, from: 1, to: 2, name: "live")
        for setting in ["off", "on", "off", "on"] {
          try await Task.sleep(for: .milliseconds(20))
          try await lab.millrace("port", "set", "h2", "{rsc: \(setting)}")
        }
        try await stream
        try await lab.millrace("port", "set", "h2", "{rsc: off}")
        let before = try #require(try await lab.ports()["h2"]).segmentsJoined
        try await transfer(lab, spec, manners, from: 1, to: 2, name: "off")
        #expect(try #require(try await lab.ports()["h2"]).segmentsJoined == before)
      }
    }

    /// A host's link that gets an XDP program takes no super-frames any more: the switch cuts them.
    @Test func aHostThatGetsXDPReceivesSegments() async throws {
      let spec = LabSpec(name: "cut", hosts: 2, allPortKeys: ["ingress: super"])
      try await withLab(spec) { lab in
        let manners = Manners(sysctls: [])
        try await transfer(lab, spec, manners, from: 1, to: 2, name: "whole")
        let before = try #require(try await lab.ports()["h2"]).superFramesSent
        #expect(before > 0)
        let program = try lab.spawn(
          in: 2, [try BuiltProgram.path("traffic"), "sink", "--interface", "eth0", "--seconds", "60"])
        defer { program.signal(SIGTERM) }
        try await Task.sleep(for: .seconds(1))
        try await transfer(lab, spec, manners, from: 1, to: 2, name: "cut")
        let after = try #require(try await lab.ports()["h2"])
        #expect(after.superFramesSent - before < 5)
        #expect(after.drops["device"] == nil)
      }
    }
  }
}
