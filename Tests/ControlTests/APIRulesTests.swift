import Control
import Testing
import Units

@Suite("Control API: rules and meters")
struct APIRulesTests {
  @Test("rules, questions and resets reach the switch as they were written")
  func changes() async throws {
    let fake = FakeSwitch()
    var question = RuleQuestion(direction: .in)
    (question.remote, question.local, question.protocol, question.localPort) = ("10.9.0.1", "10.0.0.5", "tcp", 443)
    try await withServer(fake) { (path, _) async throws in
      let client = ControlClient(path: path)
      try await client.addRules(port: "vm 1%2", yaml: "{action: deny}\n# ä")
      try await client.removeRules(port: "vm1", yaml: "{weight: 10, direction: in}")
      #expect(try await client.testRules(port: "vm1", question).rule == "deny in remote 10.9.0.0/16")
      let cleared = try await client.resetMeters(port: "vm1", meter: "tenant-a")
      #expect(cleared.meters.map(\.bytes) == [1000, 200])
      _ = try await client.resetMeters(port: nil, meter: nil)
      #expect(try await client.meterReport(port: "vm1", since: 1_700_000_000).since == 1_700_000_000)
    }
    #expect(fake.told.addedRules == ["vm 1%2": "{action: deny}\n# ä"])
    #expect(fake.told.removedRules == ["vm1": "{weight: 10, direction: in}"])
    #expect(fake.told.questions == [question])
    #expect(fake.told.resets == ["vm1 tenant-a", "every port every meter"])
    #expect(fake.told.reports.contains("vm1 1700000000"))
  }

  @Test("a long list of rules arrives whole")
  func manyRules() async throws {
    let fake = FakeSwitch()
    let yaml = (0..<100_000).map {
      "- {action: meter, direction: out, remote: 10.\($0 >> 16).\($0 >> 8 & 255).\($0 & 255)}"
    }.joined(separator: "\n")
    try await withServer(fake) { (path, _) async throws in
      try await ControlClient(path: path).addRules(port: "vm1", yaml: yaml)
    }
    #expect(fake.told.addedRules["vm1"] == yaml)
  }

  @Test("the report's CSV has the columns of Hyper-V's first")
  func csv() async throws {
    let report = try await FakeSwitch().meterReport(port: nil, since: nil)
    let lines = report.csv.split(separator: "\r\n").map(String.init)
    #expect(
      lines == [
        "port,local,remote,direction,total,frames,meter", "vm1,,10.0.0.0/8,out,1000,10,tenant-a",
        "vm2,10.0.0.0/8,,out,200,2,tenant-a",
      ])
  }

  @Test("meters that share a name are summed, removed ones too")
  func shared() async throws {
    let report = try await FakeSwitch().meterReport(port: nil, since: nil)
    #expect(report.shared.map(\.bytes) == [1200])
    #expect(report.shared.first?.ports == ["vm1", "vm2"])
    #expect(report.text.contains("(removed)"))
  }

  @Test("over TCP nothing can be changed")
  func readOnly() async throws {
    let fake = FakeSwitch()
    let address = try HTTPAddress(parsing: "127.0.0.1:0")
    try await withServer(fake, http: address) { (_, server) async throws in
      let port = try #require(await server.httpPort)
      for request in ["POST /v1/meters/reset", "POST /v1/ports/vm1/acl", "DELETE /v1/ports/vm1/acl"] {
        let status = try await RawAnswer(request, port: port).status
        #expect(status == 405)
      }
      let status = try await RawAnswer("GET /v1/meters", port: port).status
      #expect(status == 200)
    }
    #expect(fake.told.resets == [] && fake.told.addedRules == [:] && fake.told.removedRules == [:])
  }
}
