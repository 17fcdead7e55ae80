import Foundation
import Lab
import Testing

extension HostTests {
  /// Exact frames, over the kernel's bridge.
  @Suite struct TrafficFrames {
    private struct Line: Decodable {
      var frame: String
      var length: Int
      var vlan: Int?
      var kernelChecksum: String?
      var checksum: String?
      var segmentSize: Int?
    }

    /// Ethernet, IPv4, and UDP from port 1000 to 2000 with 20 bytes of payload and no checksum.
    private static let frame =
      "ffffffffffff020000000001" + "0800" + "4500003000010000401166200a4d00010a4d0002" + "03e807d0001c0000"
      + "68656c6c6f68656c6c6f68656c6c6f68656c6c6f"

    /// What h2 sees of what h1 sends with these options.
    private func seen(_ options: [String], count: Int = 1) async throws -> [Line] {
      let spec = LabSpec(name: "t_raw", hosts: 2, fabric: .bridge)
      let traffic = try BuiltProgram.path("traffic")
      var lines: [Line] = []
      try await withLab(spec) { lab in
        let capture = try lab.spawn(
          in: 2, [traffic, "raw", "capture", "--interface", "eth0", "--port", "2000", "--count", "\(count)"])
        try await capture.prints("ready")
        try await Program.run(lab.command(in: 1, [traffic, "raw", "send", "--interface", "eth0"] + options))
        #expect(try await capture.wait() == 0)
        lines = try capture.output.split(separator: "\n").map {
          try JSONDecoder().decode(Line.self, from: Data($0.utf8))
        }
      }
      return lines
    }

    @Test func aFrameArrivesAsItWasSent() async throws {
      let lines = try await seen(["--hex", Self.frame, "--count", "3"], count: 3)
      #expect(lines.map(\.frame) == [Self.frame, Self.frame, Self.frame])
      #expect(lines.map(\.checksum) == ["none", "none", "none"])
      #expect(lines.map(\.length) == [62, 62, 62])
    }

    @Test func checksumsArriveAsAskedFor() async throws {
      let right = try #require(try await seen(["--hex", Self.frame, "--checksum", "right"]).first)
      #expect(right.checksum == "right" && right.kernelChecksum == nil)
      // Pseudo-header and datagram by hand: the complement of 0x4CCA.
      #expect(right.frame.hasPrefix(Self.frame.prefix(80)) && Array(right.frame)[80..<84] == Array("b335")[...])
      let wrong = try #require(try await seen(["--hex", Self.frame, "--checksum", "wrong"]).first)
      #expect(wrong.checksum == "wrong" && wrong.frame != right.frame)
      let partial = try #require(try await seen(["--hex", Self.frame, "--checksum", "partial"]).first)
      #expect(partial.checksum == "partial" && partial.kernelChecksum == "partial")
    }

    @Test func tagsInAndBesideTheFrameAreSeenInTheirPlace() async throws {
      let tagged = String(Self.frame.prefix(24)) + "8100000a" + Self.frame.dropFirst(24)
      for options in [["--hex", tagged], ["--hex", Self.frame, "--vlan", "10"]] {
        let line = try #require(try await seen(options).first)
        #expect(line.vlan == 10)
        #expect(line.frame == tagged)
        #expect(line.length == 66)
      }
    }

    @Test func superFramesArriveWhole() async throws {
      let line = try #require(try await seen(["--hex", Self.frame, "--segment-size", "6"]).first)
      #expect(line.segmentSize == 6 && line.length == 62)
    }

    @Test func aRecordingCanBeSentAgain() async throws {
      let path = "/tmp/millrace-recording-\(ProcessInfo.processInfo.processIdentifier)"
      defer { try? FileManager.default.removeItem(atPath: path) }
      try "{\"frame\":\"\(Self.frame)\",\"length\":62}\n\(Self.frame)\n".write(
        toFile: path, atomically: true, encoding: .utf8)
      let lines = try await seen(["--file", path], count: 2)
      #expect(lines.map(\.frame) == [Self.frame, Self.frame])
    }

    @Test func whatIsNoFrameIsRefused() async throws {
      let traffic = try BuiltProgram.path("traffic")
      for hex in ["", "00", "zz", "0123456789abcdef0123456789abc"] {
        let result = try await Program.result([traffic, "raw", "send", "--interface", "lo", "--hex", hex])
        #expect(result.exitCode == 64, "\(hex)")
      }
      let result = try await Program.result([traffic, "raw", "send", "--interface", "nosuch", "--hex", Self.frame])
      #expect(result.exitCode == 69)
    }
  }
}
