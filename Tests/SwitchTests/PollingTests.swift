import Foundation
import Lab
import Testing

extension SwitchTests {
  /// `adaptive`: the short pauses of a steady exchange are looked through, also by a worker that was idle for long.
  @Test(.enabled(if: ProcessInfo.processInfo.activeProcessorCount > 1, "needs a CPU that the hosts do not use"))
  func anIdleWorkerLooksThroughShortPauses() async throws {
    let spec = LabSpec(
      name: "looks", hosts: 2, switchLines: ["workers: [1]"], ipv6: false, staticNeighbours: true)
    try await withLab(spec) { lab in
      try await lab.receive(on: [0])
      try await Task.sleep(for: .seconds(2))
      let before = try await lab.workers()[0]
      try await lab.run(in: 1, "taskset", "-c", "0", "ping", "-q", "-f", "-c", "5000", spec.address(of: 2))
      let after = try await lab.workers()[0]
      let batches = after.batches - before.batches
      let sleeps = after.sleeps - before.sleeps
      #expect(batches > 2000)
      #expect(sleeps < batches / 2, "\(sleeps) sleeps for \(batches) batches")
    }
  }
}
