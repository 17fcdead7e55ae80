import Foundation
import Lab
import Testing

extension HostTests {
  /// `millrace lab`, as a person types it.
  @Suite struct CommandLine {
    private struct Shown: Decodable {
      struct Lab: Decodable {
        struct Host: Decodable {
          var name: String
          var address: String
          var address6: String?
        }
        var name: String
        var mtu: Int
        var switchIsRunning: Bool
        var linkBitsPerSecond: UInt64?
        var hosts: [Host]
      }
      var labs: [Lab]
    }

    @Test func upExecShowDown() async throws {
      let millrace = try Lab.executable()
      func lab(_ verb: String, _ rest: String...) async throws -> Program.Result {
        try await Program.result([millrace, "lab", verb, "--name", "t_line"] + rest)
      }
      await Lab(LabSpec(name: "t_line", hosts: 1)).down()
      let up = try await lab("up", "--hosts", "2", "--mtu", "9000", "--link", "1Gbit", "--workers", "0,0")
      #expect(up.exitCode == 0, "\(up.errorOutput)")
      #expect(up.output.hasPrefix("lab 't_line' is up\n"))
      let ping = try await lab("exec", "h1", "--", "ping", "-c", "1", "h2")
      #expect(ping.exitCode == 0 && ping.output.contains("1 received"))
      #expect(try await lab("exec", "h2", "--", "sh", "-c", "exit 42").exitCode == 42)
      let read = try await Program.result(
        [millrace, "lab", "exec", "--name", "t_line", "h2", "--", "cat"], input: "in")
      #expect(read.output == "in")
      #expect(try await lab("exec", "h3", "--", "true").exitCode == 69)
      #expect(try await lab("exec", "x", "--", "true").exitCode == 64)
      #expect(try await lab("exec", "h1").exitCode == 64)

      let json = try await Program.run([millrace, "lab", "show", "--json"])
      let shown = try #require(
        try JSONDecoder().decode(Shown.self, from: Data(json.utf8)).labs.first { $0.name == "t_line" })
      #expect(shown.hosts.map(\.name) == ["h1", "h2"])
      #expect(shown.hosts[1].address == "10.77.0.2" && shown.hosts[1].address6 == "fd77::2")
      #expect(shown.mtu == 9000 && shown.linkBitsPerSecond == 1_000_000_000 && shown.switchIsRunning)
      #expect(try await Program.run([millrace, "lab", "show"]).contains("lab 't_line': switch runs"))

      #expect(try await lab("up").exitCode == 69)
      #expect(try await lab("down").exitCode == 0)
      try await expectNothingLeft(of: "t_line")
    }

    @Test(
      arguments: [
        "--hosts 0": 64, "--link 5": 64, "--steering fast": 64, "--mtu 10000": 64, "--emulated-share 150%": 64,
        "--workers a": 64, "--workers 4095": 65,
      ] as [String: Int32])
    func whatIsWrongIsToldBeforeAnythingIsMade(options: String, code: Int32) async throws {
      let words = options.split(separator: " ").map(String.init)
      let result = try await Program.result([try Lab.executable(), "lab", "up", "--name", "t_line"] + words)
      #expect(result.exitCode == code, "\(result.errorOutput)")
      try await expectNothingLeft(of: "t_line")
    }
  }
}
