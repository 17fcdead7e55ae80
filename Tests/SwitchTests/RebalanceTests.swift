import Control
import Foundation
import Lab
import Testing

extension SwitchTests {
  /// Queues that follow the load.
  @Suite struct Rebalance {
    static func moves(_ lab: Lab) async throws -> [MoveStatus] {
      try await ControlClient(path: lab.spec.socketPath).get(MovesDocument.self).moves
    }

    /// The workers that each port's queue uses.
    static func workers(_ lab: Lab) async throws -> [String: [Int]] {
      let queues = try await ControlClient(path: lab.spec.socketPath).get(QueuesDocument.self).queues
      return Dictionary(uniqueKeysWithValues: queues.map { ($0.port, Set($0.workers + [$0.homeWorker]).sorted()) })
    }

    /// Puts everything of hosts 1 and 2 on the first worker.
    static func gather(_ lab: Lab) async throws {
      let client = ControlClient(path: lab.spec.socketPath)
      for port in ["h1", "h2"] {
        _ = try await client.moveEntries(port: port, entries: IndirectionEntries(parsing: "all"), to: 0)
      }
    }

    /// Eight TCP flows from host 1 to host 2 for `seconds`.
    static func load(_ lab: Lab, seconds: Int) async throws {
      _ = try await IPerf.run(
        lab, client: 1, server: 2, address: lab.spec.address(of: 2), "-P", "8", seconds: seconds)
    }

    @Test func quietQueuesMeetOnOneWorker() async throws {
      let spec = LabSpec(
        name: "quiet", hosts: 6,
        switchLines: ["workers: [0, 1, 0, 1]", "rebalance: {window: 500ms, minimumInterval: 1s}"])
      try await withLab(spec) { lab in
        let isOne = try await lab.eventually(20) {
          try await Self.workers(lab).values.allSatisfy { $0 == [0] }
        }
        let workers = try await Self.workers(lab)
        #expect(isOne, "\(workers)")
        let moves = try await Self.moves(lab)
        #expect(!moves.isEmpty && moves.allSatisfy { $0.reason == .coalesce && $0.entry == nil })
        // What cannot be hashed came along.
        #expect(try await lab.pings(from: 1, to: spec.address(of: 6)))
      }
    }

    @Test func overloadedWorkerGivesEntriesAway() async throws {
      let spec = LabSpec(
        name: "overload", hosts: 2, switchLines: ["workers: [0, 0, 0]", "emulatedShare: 5%"],
        portKeys: [2: ["vrss: {mode: dynamic, maximumWorkers: 2}"]])
      try await withLab(spec) { lab in
        try await Self.gather(lab)
        let reordered = try await Moves.reordered(lab)
        // A sender that changes its CPU may be overtaken in the kernel's queues of both, in front of the switch.
        try await IPerf.beside(lab, "-P", "8") { try await Task.sleep(for: .seconds(5)) }
        let moves = try await Self.moves(lab).filter { $0.reason == .overload }
        #expect(!moves.isEmpty)
        #expect(moves.allSatisfy { $0.entry != nil && $0.fromLoad >= 0.9 && $0.expired == 0 })
        #expect(moves.contains { $0.fromLoadAfter != nil && $0.toLoadAfter ?? 0 > $0.toLoad })
        #expect(try await Self.workers(lab)["h2"]?.count == 2)
        #expect(try await Moves.reordered(lab) == reordered)
      }
    }

    /// What one flow asks for is more than a worker carries: no move helps.
    @Test func aFlowThatFillsAWorkerStaysAndIsNamed() async throws {
      let spec = LabSpec(
        name: "lone", hosts: 2, switchLines: ["workers: [0, 0]", "emulatedShare: 5%"],
        portKeys: [1: ["vrss: {mode: static}"]])
      try await withLab(spec) { lab in
        try await Self.gather(lab)
        let server = try lab.spawn(in: 2, ["iperf3", "-s"])
        defer { server.signal(SIGKILL) }
        try await lab.waitUntilSomebodyListens(in: 2, port: 5201)
        try await lab.run(in: 1, "iperf3", "-c", spec.address(of: 2), "-t", "5", "--cport", "40404")
        #expect(lab.log.contains("a flow cannot be divided: 10.77.0.1:40404 to 10.77.0.2:5201, tcp"))
      }
    }

    @Test func staticQueuesStayAndADryRunOnlySays() async throws {
      let spec = LabSpec(
        name: "dry", hosts: 2,
        switchLines: ["workers: [0, 0]", "emulatedShare: 5%", "rebalance: {dryRun: true}"],
        portKeys: [1: ["vrss: {mode: static}"]])
      try await withLab(spec) { lab in
        try await Self.gather(lab)
        try await Self.load(lab, seconds: 4)
        let moves = try await Self.moves(lab).filter { $0.reason != .forced }
        #expect(!moves.isEmpty)
        #expect(moves.allSatisfy { $0.isDryRun && $0.port == "h2" })
        #expect(lab.log.contains("would move: h2, entry"))
        #expect(try await Self.workers(lab)["h1"] == [0])
        #expect(try await Self.workers(lab)["h2"] == [0])
      }
    }

    @Test func leavingPortGivesItsQueueToTheNext() async throws {
      let spec = LabSpec(name: "pool", hosts: 3, switchLines: ["workers: [0, 1]", "queues: 1"])
      try await withLab(spec) { lab in
        let client = ControlClient(path: spec.socketPath)
        #expect(try await Self.workers(lab).keys.sorted() == ["default", "h1"])
        #expect(try await lab.pings(from: 2, to: spec.address(of: 3)))
        try await client.removePort(name: "h1")
        #expect(try await Self.workers(lab).keys.sorted() == ["default", "h2"])
        #expect(try await lab.pings(from: 2, to: spec.address(of: 3)))
        // Back again it is too late: first come, first served.
        try await client.addPort(yaml: "{name: h1, netdev: \(spec.port(of: 1)), mac: \"\(spec.mac(of: 1))\"}")
        #expect(try await Self.workers(lab).keys.sorted() == ["default", "h2"])
        try await client.setPort(name: "h2", yaml: "{queue: {weight: 0}}")
        #expect(try await Self.workers(lab).keys.sorted() == ["default", "h3"])
        #expect(try await lab.pings(from: 1, to: spec.address(of: 3)))
      }
    }
  }
}
