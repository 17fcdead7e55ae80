import Lab
import Testing

extension SwitchTests {
  /// Which workers carry the frames, by steering mode: counted, not timed.
  @Suite struct Steering {
    /// Frames of each worker after eight TCP flows from h1 to h2.
    private func frames(steering: String, ports: [Int: [String]] = [:]) async throws -> [UInt64] {
      var counted: [UInt64] = []
      let spec = LabSpec(
        name: "steering", hosts: 2, switchLines: ["workers: [0, 1, 0, 1]", "steering: \(steering)"], portKeys: ports)
      try await withLab(spec) { lab in
        _ = try await IPerf.run(lab, client: 1, server: 2, address: spec.address(of: 2), "-P", "8")
        counted = try await lab.workers().map(\.frames)
      }
      return counted
    }

    @Test func singleUsesOneWorker() async throws {
      let frames = try await frames(steering: "single")
      #expect(frames[0] > 1000)
      #expect(frames[1...].allSatisfy { $0 == 0 })
    }

    @Test func vmqUsesTheHomeWorkersOnly() async throws {
      // Two queues, the default queue at home on worker 0: workers 1 and 2.
      let frames = try await frames(steering: "vmq")
      #expect(frames.filter { $0 > 1000 }.count == 2)
    }

    @Test(arguments: ["rss", "vmq+vrss"])
    func spreadingUsesEveryWorker(steering: String) async throws {
      let frames = try await frames(steering: steering)
      #expect(frames.filter { $0 > 100 }.count >= 3)
    }

    @Test func theReceiverDecides() async throws {
      // h2 keeps one queue and one worker although the sender spreads.
      let frames = try await frames(steering: "vmq+vrss", ports: [2: ["steering: vmq"]])
      let whole = frames.reduce(0, +)
      #expect(Double(frames.max() ?? 0) > 0.5 * Double(whole))
    }
  }
}
