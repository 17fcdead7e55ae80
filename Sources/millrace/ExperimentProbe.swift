import Control
import Measure
import Units

/// Reads a switch's counters for an experiment, through its control socket.
struct ExperimentProbe: SwitchProbe {
  let client: ControlClient

  func sample() async throws -> SwitchSample {
    let before = Monotonic.now()
    let ports = try await client.get(PortsDocument.self).ports
    let after = Monotonic.now()
    let workers = try await client.get(WorkersDocument.self).workers
    return SwitchSample(
      // The switch read its counters between question and answer.
      time: Nanoseconds((before.count + after.count) / 2),
      ports: ports.map { port in
        .init(
          name: port.name, receivedBytes: port.receivedBytes, transmittedBytes: port.transmittedBytes,
          overrunFrames: port.kernel.reduce(0) { $0 + $1.rxRingFull })
      },
      workers: workers.map { worker in
        .init(
          worker: worker.worker, cpu: worker.cpu,
          loadSeconds: worker.emulatedShare.map { worker.cpuSeconds / $0 } ?? worker.busySeconds,
          frames: worker.frames)
      })
  }

  func indirection() async throws -> [String: [Int]] {
    let tables = try await client.get(IndirectionDocument.self).indirection
    return Dictionary(tables.map { ($0.port, $0.entries) }) { first, _ in first }
  }

  func moves() async throws -> [SwitchMove] {
    let uptime = try await client.get(SummaryDocument.self).summary.uptimeSeconds
    let started = Double(Monotonic.now().count) - uptime * 1e9
    return try await client.get(MovesDocument.self).moves.map { move in
      SwitchMove(
        time: Nanoseconds(UInt64(started + move.atSeconds * 1e9)), port: move.port, entry: move.entry, from: move.from,
        to: move.to, reason: move.reason.rawValue, heldFrames: move.heldFrames,
        longestHoldMicroseconds: move.longestHoldMicroseconds, expired: move.expired)
    }
  }
}
