import Foundation
import Lab
import Testing

/// What takes too long for every run is asked for by MILLRACE_ACCEPT (Scripts/accept).
let isAcceptance = ProcessInfo.processInfo.environment["MILLRACE_ACCEPT"] != nil

extension SwitchTests {
  @Suite struct Order {
    /// 64 numbered UDP flows beside TCP, spread by vRSS.
    @Test(arguments: ["super", "native"])
    func noFrameOvertakesAnotherOfItsFlow(ingress: String) async throws {
      let count = isAcceptance ? 10_000_000 : 1_000_000
      let spec = LabSpec(
        name: "order", hosts: 2, switchLines: ["workers: [0, 1, 0, 1]", "steering: vmq+vrss"],
        allPortKeys: ["ingress: \(ingress)"])
      try await withLab(spec) { lab in
        let before = try await lab.workers().map(\.frames)
        let numbered = try await IPerf.beside(lab, "-b", "100M", "-P", "2") {
          try await NumberedDatagrams.send(
            .init(count: count, rate: 150_000), in: lab, from: 1, to: 2, sender: onOneCPU)
        }
        let after = try await lab.workers().map(\.frames)
        #expect(numbered.isOrderly, "\(numbered)")
        #expect(numbered.received > count / 2)
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
        let traffic = try BuiltProgram.path("traffic")
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
