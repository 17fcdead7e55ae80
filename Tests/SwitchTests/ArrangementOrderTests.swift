import Control
import Foundation
import Lab
import Steering
import Testing

extension SwitchTests {
  /// Queues and filters change all the time while numbered flows pass.
  @Suite struct Arrangements {
    /// What a port may be set to, each of which steers its frames to other workers.
    private static let settings = [
      "{queue: {weight: 0}}", "{queue: {weight: 100}, vrss: {mode: static, maximumWorkers: 1}}",
      "{queue: {weight: 100}, vrss: {mode: static, maximumWorkers: 4}}",
      "{queue: {weight: 100}, vrss: {mode: static, maximumWorkers: 2, excludeHome: true}}",
    ]

    /// Sets both hosts' ports in turns, and adds and removes a third one, until it is cancelled. Returns how often.
    private static func changeAllTheTime(_ lab: Lab) async throws -> Int {
      let client = ControlClient(path: lab.spec.socketPath)
      var count = 0
      while !Task.isCancelled {
        do {
          if count % 8 == 7 {
            try await client.removePort(name: "h3")
            try await client.addPort(
              yaml: "{name: h3, netdev: \(lab.spec.port(of: 3)), mac: \"\(lab.spec.mac(of: 3))\"}")
          } else {
            try await client.setPort(name: "h\(count % 2 + 1)", yaml: settings[count / 2 % settings.count])
          }
        } catch { if Task.isCancelled { break } else { throw error } }
        count += 1
      }
      return count
    }

    @Test(arguments: ["super", "native"])
    func noFrameOvertakesAnotherWhileQueuesChange(ingress: String) async throws {
      let count = isAcceptance ? 3_000_000 : 400_000
      let spec = LabSpec(
        name: "arranged", hosts: 3, switchLines: ["workers: [0, 1, 0, 1]", "steering: vmq+vrss", "rebalance: off"],
        allPortKeys: ["ingress: \(ingress)"])
      try await withLab(spec) { lab in
        let order = try OrderProgram(hosts: [1, 2].map { spec.namespace(of: $0) }, device: LabSpec.hostDevice)
        let changing = Task { try await Self.changeAllTheTime(lab) }
        let numbered = try await IPerf.beside(lab, "-b", "50M", "-P", "2") {
          try await NumberedDatagrams.send(
            .init(count: count, rate: 60_000), in: lab, from: 1, to: 2, sender: onOneCPU)
        }
        changing.cancel()
        let changes = try await changing.value
        #expect(numbered.isOrderly, "\(numbered)")
        #expect(numbered.received > count / 2)
        let segments = try order.count()
        #expect(segments.outOfOrder == 0 && segments.packets > 1000, "\(segments)")
        #expect(changes > 50, "\(changes) changes")
        // What nobody could wait for on a busy host is told.
        #expect(!lab.log.contains("error"), "\(lab.log.suffix(1000))")
        #expect(lab.log.contains("queues arranged anew"))
      }
    }
  }
}
