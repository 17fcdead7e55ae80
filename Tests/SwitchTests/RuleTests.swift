import Foundation
import Lab
import Testing

extension SwitchTests {
  /// Port ACLs on real traffic.
  @Suite struct Rules {
    @Test func whatIsDeniedIsDroppedCountedAndShownAndTheRestPasses() async throws {
      let spec = ruleLab(
        "deny", hosts: 3,
        rules: [2: ["{action: deny, direction: in, remote: 10.77.0.1}", "{action: allow, direction: in, remote: any}"]])
      try await withLab(spec) { lab in
        let blocked = try await lab.pings(from: 1, to: spec.address(of: 2))
        let open = try await lab.pings(from: 3, to: spec.address(of: 2))
        #expect(!blocked && open)
        let rules = try await lab.rules("h2")
        #expect(rules.first { $0.action == "deny" }?.frames == 3)
        #expect(rules.first { $0.action == "allow" }?.frames == 3)
        #expect(try await lab.drops(at: "h2", "acl") == 3)
        let row = try #require(try await lab.dropRows().first { $0.reason == "acl" })
        #expect(row.port == "h2" && row.rule == "deny in remote 10.77.0.1/32" && row.frames == 3)
        #expect(row.recent.map(\.source) == Array(repeating: "10.77.0.1", count: 3))
        #expect(row.recent.map(\.destination) == Array(repeating: "10.77.0.2", count: 3))
        #expect(row.recent.allSatisfy { $0.direction == "in" && $0.protocol == "icmp" })
      }
    }

    @Test func rulesComeAndGoWhileTheSwitchRuns() async throws {
      let spec = ruleLab("live", rules: [:])
      try await withLab(spec) { lab in
        let rule = "{action: deny, direction: out, remote: 10.77.0.0/24}"
        #expect(try await lab.pings(from: 1, to: spec.address(of: 2)))
        try await lab.millrace("acl", "add", "h1", rule)
        let blocked = try await lab.pings(from: 1, to: spec.address(of: 2), count: 2)
        #expect(!blocked)
        let unused = try await lab.rules("--unused")
        #expect(unused.isEmpty)
        try await lab.millrace("acl", "remove", "h1", rule)
        #expect(try await lab.pings(from: 1, to: spec.address(of: 2)))
        #expect(try await lab.rules().isEmpty)
      }
    }

    @Test func badRulesAreRefusedInOneLineAndNothingChanges() async throws {
      let spec = ruleLab("badrules", rules: [1: ["{weight: 5, action: deny, direction: in, remote: 192.0.2.0/24}"]])
      let tooMany = (100..<1124).map { "{weight: \($0), action: deny, direction: in}" }.joined(separator: ", ")
      try await withLab(spec) { lab in
        let bad: [(port: String, rule: String, words: String, exitCode: Int32)] = [
          ("h1", "{action: deny, direction: in, remote: 10.9.1.0/16}", "the network is 10.9.0.0/16", 65),
          ("h1", "{action: meter, direction: in, remote: 02:00:00:00:00:01}", "a meter counts IP addresses", 65),
          ("h1", "{weight: 6, action: deny, direction: in, protocol: icmp, localPort: 1-9}", "has no ports", 65),
          ("h1", "{weight: 5, action: allow, direction: in}", "weight 5 is taken by", 65),
          ("h1", "[{action: deny, direction: in, remote: any}, {action: deny, direction: in}]", "it names no end", 65),
          ("h1", "[\(tooMany)]", "<argument>:1: port h1: acl: 1025 rules with a weight for in; write at most 1024", 65),
          ("h9", "{action: deny, direction: in, remote: any}", "port h9: there is none of this name", 69),
        ]
        for one in bad {
          let result = try await lab.millraceResult(["acl", "add", one.port, one.rule])
          #expect(result.exitCode == one.exitCode, "\(result.errorOutput)")
          #expect(result.errorOutput.contains(one.words), "\(result.errorOutput)")
          #expect(result.errorOutput.split(whereSeparator: \.isNewline).count == 1, "\(result.errorOutput)")
        }
        #expect(try await lab.rules().count == 1)
        for verb in ["report", "reset"] {
          let result = try await lab.millraceResult(["meters", verb, "--port", "h9"])
          #expect(result.exitCode == 69)
          #expect(result.errorOutput == "millrace: port h9: there is none of this name; see millrace show ports\n")
        }
      }
    }

    @Test func aTestNamesTheRuleThatDecidesAndWhy() async throws {
      let spec = ruleLab(
        "acltest",
        rules: [
          1: [
            "{action: deny, direction: in, remote: 10.0.0.0/8}", "{action: allow, direction: in, remote: 10.77.0.0/24}",
            "{weight: 9, action: deny, direction: in, protocol: tcp, localPort: 22}",
            "{action: meter, direction: in, remote: any}",
          ]
        ])
      try await withLab(spec) { lab in
        func ask(_ words: String...) async throws -> String {
          try await lab.millrace("acl", "test", "h1", "--direction", "in", "--local", "10.77.0.1", more: words)
        }
        let web = try await ask("--remote", "10.77.0.2", "--protocol", "tcp", "--port", "80")
        #expect(web.hasPrefix("allow: 'allow in remote 10.77.0.0/24'\nmetered by 'meter in remote any'\n"), "\(web)")
        #expect(web.contains("decides before 'deny in remote 10.0.0.0/8': the longest prefix decides"), "\(web)")
        let shell = try await ask("--remote", "10.77.0.2", "--protocol", "tcp", "--port", "22")
        #expect(shell.hasPrefix("deny: 'deny in weight 9 tcp localPort 22'\n"), "\(shell)")
        let other = try await ask("--remote", "10.1.0.2", "--protocol", "udp", "--port", "53")
        #expect(other.hasPrefix("deny: 'deny in remote 10.0.0.0/8'\n"), "\(other)")
      }
    }

    @Test func returnTrafficOfAStatefulRulePassesAndNothingElse() async throws {
      let spec = ruleLab(
        "stateful", workers: "[0, 1]",
        rules: [
          1: [
            "{weight: 10, action: allow, direction: out, protocol: tcp, remotePort: 5201, stateful: true}",
            "{weight: 1, action: deny, direction: in}",
          ]
        ])
      try await withLab(spec) { lab in
        let result = try await IPerf.run(lab, client: 1, server: 2, address: spec.address(of: 2))
        #expect(result.receivedBitsPerSecond > 0)
        let inward = try await lab.pings(from: 2, to: spec.address(of: 1), count: 2)
        #expect(!inward)
        #expect(try await lab.drops(at: "h1", "acl") >= 2)
      }
    }
  }
}
