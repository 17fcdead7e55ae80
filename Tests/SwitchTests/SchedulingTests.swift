import Control
import Foundation
import Lab
import Testing

extension SwitchTests {
  /// `scheduling: realtime` is SCHED_FIFO (sched(7)), of the workers alone.
  @Test(arguments: [("fair", "SCHED_OTHER"), ("realtime", "SCHED_FIFO")])
  func workersAreScheduledAsTheConfigurationSays(scheduling: String, policy: String) async throws {
    let spec = LabSpec(name: "sched", hosts: 2, switchLines: ["workers: [0, 1]", "scheduling: \(scheduling)"])
    try await withLab(spec) { lab in
      let summary = try await ControlClient(path: spec.socketPath).get(SummaryDocument.self).summary
      for thread in try FileManager.default.contentsOfDirectory(atPath: "/proc/\(summary.processID)/task") {
        let name = try String(contentsOfFile: "/proc/\(summary.processID)/task/\(thread)/comm", encoding: .utf8)
        let told = try await lab.run(in: 0, "chrt", "-p", thread)
        #expect(told.contains(name.hasPrefix("worker ") ? policy : "SCHED_OTHER"), "\(name): \(told)")
      }
      #expect(try await lab.pings(from: 1, to: spec.address(of: 2)))
    }
  }
}
