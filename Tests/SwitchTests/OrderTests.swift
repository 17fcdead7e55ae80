import Foundation
import Lab
import Testing

/// What takes too long for every run is asked for by MILLRACE_ACCEPT (Scripts/accept).
let isAcceptance = ProcessInfo.processInfo.environment["MILLRACE_ACCEPT"] != nil

/// The traffic program, built beside millrace.
func trafficProgram() throws -> String {
  let millrace = try Lab.executable()
  return millrace.replacing(#/millrace$/#, with: "traffic")
}

extension SwitchTests {
  @Suite struct Order {
    private struct Received: Decodable {
      var received: Int
      var outOfOrder: Int
      var duplicates: Int
      var damaged: Int
    }

    /// 64 numbered UDP flows beside TCP, spread by vRSS.
    @Test(arguments: ["super", "native"])
    func noFrameOvertakesAnotherOfItsFlow(ingress: String) async throws {
      let count = isAcceptance ? 10_000_000 : 1_000_000
      let spec = LabSpec(
        name: "order", hosts: 2, switchLines: ["workers: [0, 1, 0, 1]", "steering: vmq+vrss"],
        allPortKeys: ["ingress: \(ingress)"])
      try await withLab(spec) { lab in
        let traffic = try trafficProgram()
        let output = "\(spec.directory)/received.json"
        let receiver = try lab.spawn(in: 2, [traffic, "number", "receive"], log: output)
        let server = try lab.spawn(in: 2, ["iperf3", "-s"])
        try await Task.sleep(for: .milliseconds(500))
        let load = try lab.spawn(
          in: 1, ["iperf3", "-c", spec.address(of: 2), "-t", "3600", "-b", "100M", "-P", "2"])
        let before = try await lab.workers().map(\.frames)
        try await lab.run(
          in: 1, traffic, "number", "send", "--destination", spec.address(of: 2), "--flows", "64", "--count",
          "\(count)", "--rate", "150000")
        _ = await receiver.ends(within: .seconds(30))
        let after = try await lab.workers().map(\.frames)
        load.signal(SIGKILL)
        server.signal(SIGKILL)
        let lines = try String(contentsOfFile: output, encoding: .utf8).split(whereSeparator: \.isNewline)
        let json = try #require(lines.last { $0.hasPrefix("{") })
        let received = try JSONDecoder().decode(Received.self, from: Data(json.utf8))
        #expect(received.outOfOrder == 0)
        #expect(received.duplicates == 0)
        #expect(received.damaged == 0)
        #expect(received.received > count / 2)
        let carried = zip(after, before).map { $0 - $1 }
        let whole = Double(carried.reduce(0, +))
        #expect(carried.filter { Double($0) >= 0.2 * whole }.count >= 2, "workers carried \(carried)")
      }
    }
  }

  @Suite struct Overload {
    /// Bursts that fill every ring, again and again: the kernel keeps no more frames than after the first ones.
    @Test func residueDoesNotGrow() async throws {
      let cycles = isAcceptance ? 1000 : 20
      let spec = LabSpec(
        name: "overload", hosts: 2, switchLines: ["workers: [0, 1]", "emulatedShare: 5%"])
      try await withLab(spec) { lab in
        let traffic = try trafficProgram()
        var largest: [Int] = []
        for cycle in 1...cycles {
          try await lab.run(
            in: 1, traffic, "flood", "--interface", "eth0", "--destination", spec.mac(of: 2),
            "--destination-address", spec.address(of: 2), "--source-address", spec.address(of: 1), "--size",
            cycle % 2 == 0 ? "64" : "1500", "--flows", "64", "--seconds", "0.05")
          if cycle % max(1, cycles / 10) == 0 {
            try await expectFramesConserved(lab)
            largest.append(try await lab.frames().breakdown.residue)
          }
        }
        let drops = try await lab.ports().ports.reduce(0) { $0 + $1.drops.values.reduce(0, +) }
        #expect(drops > 0, "no ring was full: this was no overload")
        #expect(largest.allSatisfy { $0 <= 64 * 2 }, "residue over the cycles: \(largest)")
      }
    }
  }
}
