import Control
import Foundation
import Testing
import Units

@Suite("Control API: routes")
struct APIRoutesTests {
  @Test("every subject arrives at the client as the switch gave it")
  func roundTrip() async throws {
    let fake = FakeSwitch()
    try await withServer(fake) { (path, _) async throws in
      let client = ControlClient(path: path)
      #expect(try await client.get(SummaryDocument.self).summary == fake.summary())
      #expect(try await client.get(PortsDocument.self).ports == fake.ports())
      #expect(try await client.get(WorkersDocument.self).workers == fake.workers())
      #expect(try await client.get(QueuesDocument.self).queues == fake.queues())
      #expect(try await client.get(IndirectionDocument.self).indirection == fake.indirection(port: nil))
      #expect(try await client.get(FDBDocument.self).fdb == fake.fdb())
      #expect(try await client.get(FramesDocument.self).frames == fake.frames())
      #expect(try await client.get(DropsDocument.self).drops == fake.drops())
      #expect(try await client.get(MovesDocument.self).moves == fake.moves())
      #expect(try await client.get(ACLDocument.self).acl == fake.acl(port: nil))
      #expect(try await client.get(MetersDocument.self).meters == fake.meters(port: nil))
      #expect(try await client.get(TeamsDocument.self).teams == fake.teams())
    }
  }

  static let expectedKeys: [(StatusSubject, Set<String>)] = [
    (.summary, ["version", "uptimeSeconds", "ports", "workers", "steering", "polling", "frames"]),
    (
      .ports,
      [
        "name", "kind", "netdev", "mode", "modeReason", "ingress", "state", "mac", "mtu", "queues", "receivedFrames",
        "receivedBytes", "transmittedFrames", "transmittedBytes", "superFramesReceived", "superFramesSent", "drops",
        "kernel",
      ]
    ),
    (
      .workers,
      [
        "worker", "cpu", "load", "emulatedShare", "busySeconds", "cpuSeconds", "frames", "batches", "passes", "sleeps",
        "held",
      ]
    ),
    (.queues, ["port", "queue", "mac", "vlan", "homeWorker", "workers", "vrss", "frames"]),
    (.indirection, ["port", "entries"]),
    (.fdb, ["mac", "vlan", "port", "static", "ageSeconds"]),
    (.frames, ["total", "free", "kernel", "held", "lost", "breakdown"]),
    (
      .moves,
      [
        "sequence", "atSeconds", "port", "entry", "from", "to", "reason", "fromLoad", "toLoad", "fromLoadAfter",
        "toLoadAfter", "heldFrames", "longestHoldMicroseconds", "expired", "settledAfterSeconds",
      ]
    ),
    (.drops, ["port", "reason", "rule", "frames", "recent"]),
    (
      .acl,
      [
        "port", "direction", "action", "remote", "local", "meter", "weight", "protocol", "remotePort", "localPort",
        "stateful", "idleTimeoutSeconds", "frames", "bytes",
      ]
    ),
    (.meters, ["meter", "port", "local", "remote", "direction", "frames", "bytes", "active"]),
    (
      .qos,
      [
        "port", "class", "weight", "reserveBitsPerSecond", "maximumBitsPerSecond", "maximumInBitsPerSecond",
        "grantedBitsPerSecond", "rateBitsPerSecond", "frames", "bytes", "waitingBytes", "delayP50Microseconds",
        "delayP99Microseconds", "dropsAQM", "dropsFull", "marks",
      ]
    ),
  ]

  @Test("every element has every key, those without a value too", arguments: expectedKeys)
  func keys(subject: StatusSubject, expected: Set<String>) async throws {
    try await withServer { (path, _) async throws in
      let answer = try await RawAnswer("GET /v1/\(subject.rawValue)", socket: path)
      #expect(answer.status == 200)
      let object = try answer.object
      #expect(Array(object.keys) == [subject.rawValue])
      let elements = object[subject.rawValue] as? [[String: Any]] ?? [object[subject.rawValue] as? [String: Any] ?? [:]]
      #expect(!elements.isEmpty)
      for element in elements { #expect(expected.isSubset(of: element.keys)) }
    }
  }

  @Test("a real core's emulatedShare is null")
  func nullShare() async throws {
    try await withServer { (path, _) async throws in
      let workers = try await RawAnswer("GET /v1/workers", socket: path).object["workers"] as? [[String: Any]]
      #expect(workers?.first?["emulatedShare"] is NSNull)
      #expect(workers?.last?["emulatedShare"] as? Double == 0.15)
    }
  }

  @Test("a table too large for one read arrives whole")
  func large() async throws {
    try await withServer(FakeSwitch(learned: 16_384)) { (path, _) async throws in
      let fdb = try await ControlClient(path: path).get(FDBDocument.self).fdb
      #expect(fdb.count == 16_384)
      #expect(fdb.last?.mac.value == 0x0200_0000_0000 + 16_383)
    }
  }

  @Test("changes reach the switch as they were written")
  func changes() async throws {
    let fake = FakeSwitch()
    try await withServer(fake) { (path, _) async throws in
      let client = ControlClient(path: path)
      try await client.addPort(yaml: "{name: vm3, netdev: tap3}\n# ä")
      try await client.setPort(name: "vm 1%2", yaml: "vlan: {access: 10}")
      try await client.removePort(name: "vm1")
      #expect(try await client.flushFDB(port: nil, vlan: nil) == 7)
      #expect(try await client.flushFDB(port: "vm1", vlan: 10) == 7)
      #expect(try await client.moveEntries(port: "vm1", entries: IndirectionEntries(parsing: "3-5"), to: 2) == 3)
    }
    #expect(fake.told.added == ["{name: vm3, netdev: tap3}\n# ä"])
    #expect(fake.told.set == ["vm 1%2": "vlan: {access: 10}"])
    #expect(fake.told.removed == ["vm1"])
    #expect(fake.told.moved == ["vm1 3-5: 2"])
    #expect(fake.told.flushed == ["every port every vlan", "vm1 10"])
  }

  @Test("the switch's refusal reaches the caller with its status, exit code and line")
  func refusal() async throws {
    let refusal = ControlError.configuration("ports[3]: netdev tap9 is taken by port vm2; name another")
    try await withServer(FakeSwitch(fault: refusal)) { (path, _) async throws in
      await #expect(throws: refusal) { try await ControlClient(path: path).addPort(yaml: "{}") }
      let answer = try await RawAnswer("GET /v1/ports", socket: path)
      #expect(answer.status == 422)
      #expect(try answer.object["error"] as? String == refusal.message)
      #expect(try answer.object["exitCode"] as? Int == 65)
    }
  }

  @Test("an error the switch did not foresee is internal")
  func unforeseen() async throws {
    struct Surprise: Error {}
    try await withServer(FakeSwitch(fault: Surprise())) { (path, _) async throws in
      let answer = try await RawAnswer("GET /v1/ports", socket: path)
      #expect(answer.status == 500)
      #expect(try answer.object["exitCode"] as? Int == 70)
    }
  }

  @Test(
    "what no route takes is refused",
    arguments: ["GET /v1/nothing", "GET /", "PUT /v1/ports", "DELETE /v1/ports", "POST /v1/fdb/flush?vlan=4095"])
  func unknown(request: String) async throws {
    try await withServer { (path, _) async throws in
      let answer = try await RawAnswer(request, socket: path)
      #expect(answer.status == (request.contains("vlan") ? 400 : 404))
      #expect(try answer.object["exitCode"] as? Int == 64)
    }
  }

  @Test("one port's indirection table, and that of a port that does not exist")
  func onePort() async throws {
    try await withServer { (path, _) async throws in
      let client = ControlClient(path: path)
      let tables = try await client.get(IndirectionDocument.self, query: ["port": "vm1"]).indirection
      #expect(tables.map(\.entries.count) == [128])
      await #expect(throws: ControlError.noSuchPort("vm9")) {
        try await client.get(IndirectionDocument.self, query: ["port": "vm9"])
      }
    }
  }
}
