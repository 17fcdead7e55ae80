import Control
import Foundation
import Lab
import Testing

/// Rules that come and go while something else happens.
enum RuleChanges {
  private static let rules = [
    "{action: deny, direction: both, remote: 192.0.2.0/24}",
    "{action: meter, direction: both, remote: 198.51.100.0/24}",
    "{weight: 7, action: deny, direction: both, protocol: udp, remotePort: 7}",
  ]

  /// Changes rules at both ports a hundred times a second until `body` returns. Returns how often, too.
  static func during<R>(_ lab: Lab, _ body: () async throws -> R) async throws -> (R, changes: Int) {
    let changing = Task {
      let client = ControlClient(path: lab.spec.socketPath)
      var count = 0
      var due = ContinuousClock.now
      while !Task.isCancelled {
        let (port, rule) = ("h\(count % 2 + 1)", rules[count / 4 % rules.count])
        do {
          if count / 2 % 2 == 0 {
            try await client.addRules(port: port, yaml: rule)
          } else {
            try await client.removeRules(port: port, yaml: rule)
          }
        } catch { if Task.isCancelled { break } else { throw error } }
        count += 1
        due += .milliseconds(10)
        try? await Task.sleep(until: due)
      }
      return count
    }
    defer { changing.cancel() }
    let value = try await body()
    changing.cancel()
    return (value, try await changing.value)
  }
}

extension SwitchTests {
  @Suite struct RuleChange {
    /// 64 numbered UDP flows beside TCP; every frame is judged, metered, and known to a stateful rule.
    @Test func aHundredChangesASecondLoseAndReorderNothing() async throws {
      let own = [
        "{action: meter, direction: both, remote: any}",
        "{weight: 5, action: allow, direction: both, stateful: true}", "{weight: 1, action: deny, direction: both}",
      ]
      let spec = ruleLab(
        "changes", workers: "[0, 1, 0, 1]", rules: [1: own, 2: own], keys: ["ingress: native"])
      try await withLab(spec) { lab in
        let datagrams = isAcceptance ? 1_000_000 : 80_000
        let begin = ContinuousClock.now
        let (numbered, changes) = try await RuleChanges.during(lab) {
          try await IPerf.beside(lab, "-b", "100M") {
            try await NumberedDatagrams.send(
              .init(count: datagrams, rate: 20_000), in: lab, from: 1, to: 2, sender: onOneCPU)
          }
        }
        let seconds = Double((ContinuousClock.now - begin) / .seconds(1))
        #expect(numbered.received == datagrams)
        #expect(numbered.isOrderly, "\(numbered)")
        #expect(try await lab.drops(at: "h2", "acl") == 0)
        #expect(Double(changes) > 80 * seconds, "\(changes) changes in \(seconds) s")
      }
    }
  }
}
