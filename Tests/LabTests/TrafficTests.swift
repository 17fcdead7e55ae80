import Foundation
import Lab
import Testing

extension HostTests {
  /// Senders and receivers of traffic, over the kernel's bridge, which loses and reorders nothing at these rates.
  @Suite struct TrafficPrograms {
    private let spec = LabSpec(name: "t_traffic", hosts: 2, fabric: .bridge, staticNeighbours: true)

    private func number(_ options: String..., receiver: [String] = []) async throws -> NumberReport {
      let traffic = try BuiltProgram.path("traffic")
      var report: NumberReport?
      try await withLab(spec) { lab in
        let receiving = try lab.spawn(in: 2, [traffic, "number", "receive"] + receiver)
        try await receiving.prints("ready")
        // A sender that changes its CPU may be overtaken in the kernel's queues of both.
        try await Program.run(lab.command(in: 1, ["taskset", "-c", "0", traffic, "number", "send"] + options))
        #expect(try await receiving.wait() == 0)
        report = try NumberReport(receiving.output)
      }
      return try #require(report)
    }

    @Test func hundredThousandNumberedFramesArriveInOrder() async throws {
      let report = try await number(
        "--destination", spec.address(of: 2), "--flows", "64", "--count", "100000", "--rate", "100000")
      #expect(report.received == 100_000)
      #expect(report.outOfOrder == 0 && report.duplicates == 0 && report.damaged == 0 && report.foreign == 0)
      #expect(report.perFlow.count == 64)
    }

    @Test func superFramesOverIPv6CarryEveryNumber() async throws {
      let report = try await number(
        "--destination", spec.address6(of: 2), "--flows", "3", "--count", "10001", "--size", "1200", "--segments", "20",
        "--burst", "40", "--rate", "50000")
      #expect(report.received == 10001)
      #expect(report.outOfOrder == 0 && report.damaged == 0)
    }

    @Test func theKernelFloodsWithXDPFrames() async throws {
      let traffic = try BuiltProgram.path("traffic")
      try await withLab(spec) { lab in
        // The end that XDP frames come in at must poll (NAPI): with GRO it does, without XDP of its own.
        try await lab.run(in: 0, "ethtool", "-K", "port1", "gro", "on")
        let sink = try lab.spawn(in: 2, [traffic, "sink", "--interface", "eth0", "--seconds", "60"])
        try await sink.prints("ready")
        let flood = try await lab.run(
          in: 1, traffic, "flood", "--interface", "eth0", "--destination", spec.mac(of: 2), "--destination-address",
          spec.address(of: 2), "--generator", "live", "--seconds", "0.01")
        await sink.stop()
        let sent = try #require(try JSONDecoder().decode(Counted.self, from: Data(flood.utf8)).sent)
        let counted = try JSONDecoder().decode(Counted.self, from: Data(sink.output.utf8))
        let frames = try #require(counted.frames)
        #expect(frames > 1000 && frames <= sent)
        #expect(counted.bytes == frames * 64)
      }
    }

    @Test(arguments: ["socket", "live"])
    func aMixOfSizesKeepsItsShares(generator: String) async throws {
      let traffic = try BuiltProgram.path("traffic")
      try await withLab(spec) { lab in
        try await lab.run(in: 0, "ethtool", "-K", "port1", "gro", "on")
        let sink = try lab.spawn(in: 2, [traffic, "sink", "--interface", "eth0", "--seconds", "60"])
        try await sink.prints("ready")
        try await lab.run(
          in: 1, traffic, "flood", "--interface", "eth0", "--destination", spec.mac(of: 2), "--destination-address",
          spec.address(of: 2), "--generator", generator, "--seconds", "0.05", "--size", "64:7,570:4,1514:1")
        await sink.stop()
        let counted = try JSONDecoder().decode(Counted.self, from: Data(sink.output.utf8))
        let (frames, bytes) = (try #require(counted.frames), try #require(counted.bytes))
        #expect(frames > 1000)
        // Lost frames are of any size, so the mean is only near 353.5.
        #expect((330...380).contains(Double(bytes) / Double(frames)))
      }
    }

    @Test(arguments: [1, 64])
    func datagramsAreCountedOneByOneHoweverTheyTravel(segments: Int) async throws {
      let traffic = try BuiltProgram.path("traffic")
      try await withLab(spec) { lab in
        let receiver = try lab.spawn(in: 2, [traffic, "datagrams", "receive", "--seconds", "60"])
        try await receiver.prints("ready")
        let sender = try await lab.run(
          in: 1, traffic, "datagrams", "send", "--destination", spec.address(of: 2), "--segments", "\(segments)",
          "--seconds", "0.1")
        await receiver.stop()
        let sent = try #require(try JSONDecoder().decode(Counted.self, from: Data(sender.utf8)).sent)
        let counted = try JSONDecoder().decode(Counted.self, from: Data(receiver.output.utf8))
        let datagrams = try #require(counted.datagrams)
        #expect(datagrams > 1000 && datagrams <= sent)
        #expect(counted.messages == datagrams / segments)
      }
    }

    private struct Counted: Decodable {
      var frames: Int?
      var bytes: Int?
      var sent: Int?
      var datagrams: Int?
      var messages: Int?
    }

    @Test(arguments: ["10.77.0.2", "fd77::2"])
    func aSinkCountsWhatAFloodSends(address: String) async throws {
      let traffic = try BuiltProgram.path("traffic")
      try await withLab(spec) { lab in
        let sink = try lab.spawn(in: 2, [traffic, "sink", "--interface", "eth0", "--seconds", "60"])
        try await sink.prints("ready")
        let flood = try await lab.run(
          in: 1, traffic, "flood", "--interface", "eth0", "--destination", spec.mac(of: 2), "--destination-address",
          address, "--size", "100", "--flows", "7", "--seconds", "0.3", "--rate", "20000")
        // Other traffic goes past the sink.
        #expect(try await lab.pings(from: 1, to: spec.address(of: 2)))
        await sink.stop()
        let sent = try JSONDecoder().decode(Counted.self, from: Data(flood.utf8)).sent
        let counted = try JSONDecoder().decode(Counted.self, from: Data(sink.output.utf8))
        #expect(try #require(sent) > 1000)
        #expect(counted.frames == sent)
        #expect(counted.bytes == sent.map { $0 * 100 })
        #expect(try await !lab.run(in: 2, "ip", "link", "show", "eth0").contains("xdp"))
      }
    }
  }
}
