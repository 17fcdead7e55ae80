import Control
import Foundation
import Lab
import Testing

extension SwitchTests {
  /// Entries of indirection tables move all the time while numbered flows pass.
  @Suite struct Moves {
    /// The kernel's counters of segments that a TCP found reordered, over all hosts.
    static func reordered(_ lab: Lab) async throws -> Int {
      var sum = 0
      for host in 1...lab.spec.hosts {
        let text = try await lab.run(in: host, "nstat", "-asz", "TcpExtTCPSACKReorder", "TcpExtTCPTSReorder")
        for line in text.split(whereSeparator: \.isNewline) where line.hasPrefix("TcpExt") {
          sum += line.split(separator: " ").dropFirst().first.flatMap { Int($0) } ?? 0
        }
      }
      return sum
    }

    /// Moves random entries of both hosts' queues until it is cancelled.
    static func moveAllTheTime(_ lab: Lab, workers: Int) async throws {
      let client = ControlClient(path: lab.spec.socketPath)
      var random = SystemRandomNumberGenerator()
      while !Task.isCancelled {
        _ = try await client.moveEntries(
          port: "h\(Int.random(in: 1...2, using: &random))",
          entries: IndirectionEntries(parsing: "\(Int.random(in: 0..<128, using: &random))"),
          to: .random(in: 0..<workers, using: &random))
      }
    }

    /// Real-time workers take the CPUs that they share with sender, receivers and TCP when they need them: how long
    /// frames wait is then their own doing.
    static let schedulings = isAcceptance ? ["fair", "realtime"] : ["fair"]

    /// 64 numbered UDP flows beside TCP, on real cores.
    @Test(arguments: ["super", "native"], schedulings)
    func noFrameOvertakesAnotherWhileItsEntryMoves(ingress: String, scheduling: String) async throws {
      let count = isAcceptance ? 10_000_000 : 1_000_000
      let spec = LabSpec(
        name: "moves", hosts: 2, switchLines: ["workers: [0, 1]", "steering: vmq+vrss", "scheduling: \(scheduling)"],
        allPortKeys: ["ingress: \(ingress)", "vrss: {mode: static}"])
      try await withLab(spec) { lab in
        let before = try await lab.workers().map(\.frames)
        let reordered = try await Self.reordered(lab)
        let numbered = try await IPerf.beside(lab, "-b", "100M", "-P", "2") {
          try await withThrowingTaskGroup(of: Void.self) { movers in
            for _ in 0..<4 { movers.addTask { try? await Self.moveAllTheTime(lab, workers: 2) } }
            defer { movers.cancelAll() }
            return try await NumberedDatagrams.send(
              .init(count: count, rate: 150_000), in: lab, from: 1, to: 2, sender: onOneCPU)
          }
        }
        let after = try await lab.workers().map(\.frames)
        let reorderedAfter = try await Self.reordered(lab)
        let moves = try await ControlClient(path: spec.socketPath).get(MovesDocument.self).moves
        let moved = Int(moves.last?.sequence ?? 0)
        let expired = lab.log.split(whereSeparator: \.isNewline).count { $0.contains("did not catch up") }
        #expect(numbered.isOrderly, "\(numbered)")
        #expect(numbered.received > count / 2)
        #expect(reorderedAfter == reordered)
        // A worker that the host keeps off its CPU for a second does not catch up: that is for quiet machines.
        #expect(isAcceptance ? expired == 0 : expired * 100 <= moved, "\(expired) of \(moved) moves expired")
        #expect(moved > (isAcceptance ? 10_000 : 500))
        #expect(moves.contains { $0.heldFrames > 0 }, "no frame ever waited: the moves were no test")
        let holds = moves.filter { $0.heldFrames > 0 }.map(\.longestHoldMicroseconds).sorted()
        func hold(_ part: Double) -> Int { Int(holds[Int(Double(holds.count - 1) * part)]) }
        if isAcceptance {
          print(
            "held, \(ingress), \(scheduling): \(moved) moves, frames waited in \(holds.count) of the last \(moves.count),",
            "p50 \(hold(0.5)) us, p99 \(hold(0.99)) us, p99.9 \(hold(0.999)) us")
        }
        let carried = zip(after, before).map { $0 - $1 }
        let whole = Double(carried.reduce(0, +))
        #expect(carried.allSatisfy { Double($0) >= 0.2 * whole }, "workers carried \(carried)")
      }
    }
  }
}
