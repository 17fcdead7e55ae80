import Foundation
import Lab
import Testing

extension SwitchTests {
  /// A bulk sender's frames enter on CPUs without workers; once it is quiet the device is as it was.
  @Test(.enabled(if: ProcessInfo.processInfo.activeProcessorCount > 1, "needs a CPU without a worker"))
  func bulkEntersOnCPUsWithoutWorkers() async throws {
    let spec = LabSpec(name: "bulkcpu", hosts: 2, switchLines: ["workers: [1]"])
    try await withLab(spec) { lab in
      func mask(_ host: Int) async throws -> UInt32? {
        let text = try await lab.run(in: 0, "cat", "/sys/class/net/\(spec.port(of: host))/queues/rx-0/rps_cpus")
        return UInt32(text.filter { $0 != "," && !$0.isWhitespace }, radix: 16)
      }
      #expect(try await mask(1) == 0)
      async let load = IPerf.run(lab, client: 1, server: 2, address: spec.address(of: 2), seconds: 4)
      let isSteered = try await lab.eventually { try await (mask(1) ?? 0) != 0 }
      let (sender, receiver) = (try await mask(1), try await mask(2))
      _ = try await load
      #expect(isSteered && sender! & 0b10 == 0, "\(String(describing: sender))")
      #expect(receiver == 0)
      #expect(try await lab.eventually { try await mask(1) == 0 })
    }
  }
}
