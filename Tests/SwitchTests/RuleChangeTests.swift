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

  /// Changes rules at both ports a hundred times a second until `body` returns. Returns how often.
  static func during(_ lab: Lab, _ body: @escaping @Sendable () async throws -> Void) async throws -> Int {
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
    let result = await Result { try await body() }
    changing.cancel()
    let count = try await changing.value
    try result.get()
    return count
  }
}

extension Result where Failure == any Error {
  fileprivate init(catching body: () async throws -> Success) async {
    do { self = .success(try await body()) } catch { self = .failure(error) }
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
        let (traffic, datagrams) = (try trafficProgram(), isAcceptance ? 1_000_000 : 80_000)
        let output = "\(spec.directory)/received.json"
        let receiver = try lab.spawn(in: 2, [traffic, "number", "receive"], log: output)
        let server = try lab.spawn(in: 2, ["iperf3", "-s"])
        try await Task.sleep(for: .milliseconds(500))
        let load = try lab.spawn(in: 1, ["iperf3", "-c", spec.address(of: 2), "-t", "3600", "-b", "100M"])
        let begin = ContinuousClock.now
        let changes = try await RuleChanges.during(lab) {
          try await lab.run(
            in: 1, traffic, "number", "send", "--destination", spec.address(of: 2), "--flows", "64", "--count",
            "\(datagrams)", "--rate", "20000")
        }
        let seconds = Double((ContinuousClock.now - begin) / .seconds(1))
        _ = await receiver.ends(within: .seconds(30))
        load.signal(SIGKILL)
        server.signal(SIGKILL)
        let lines = try String(contentsOfFile: output, encoding: .utf8).split(whereSeparator: \.isNewline)
        let json = try #require(lines.last { $0.hasPrefix("{") })
        let received = try JSONDecoder().decode(Moves.Received.self, from: Data(json.utf8))
        #expect(received.received == datagrams)
        #expect(received.outOfOrder == 0 && received.duplicates == 0 && received.damaged == 0)
        #expect(try await lab.drops(at: "h2", "acl") == 0)
        #expect(Double(changes) > 80 * seconds, "\(changes) changes in \(seconds) s")
      }
    }
  }
}
