import Lab
import Units

/// A TCP flow (iperf3) that goes on beside a piece of work.
struct SteadyFlow: Sendable {
  /// Hosts' numbers.
  var from: Int
  var to: Int
  /// Payload; nil: as much as goes.
  var rate: BitRate?
}

extension Lab {
  /// Runs `body` while flows send; each has sent for a second by then, past its slow start.
  /// - Parameter cpus: that iperf3 is held to; nil: all.
  func sending<R>(_ flows: [SteadyFlow], cpus: [Int]? = nil, _ body: () async throws -> R) async throws -> R {
    var running: [HostProcess] = []
    do {
      for (place, flow) in flows.enumerated() {
        let (port, program) = (UInt16(5200 + place), Precedence.command(cpus: cpus) + ["iperf3"])
        running.append(try spawn(in: flow.to, program + ["--server", "--port", "\(port)"]))
        try await waitUntilSomebodyListens(in: flow.to, port: port)
        let client = ["--client", spec.address(of: flow.to), "--port", "\(port)", "--time", "600"]
        let paced = flow.rate.map { ["--bitrate", "\($0.bitsPerSecond)"] } ?? []
        running.append(try spawn(in: flow.from, program + client + paced))
      }
      if !flows.isEmpty { try await Task.sleep(for: .seconds(1)) }
      try checkFlows(running)
      let value = try await body()
      try checkFlows(running)
      for process in running.reversed() { await process.stop() }
      return value
    } catch {
      for process in running.reversed() { await process.stop() }
      throw error
    }
  }

  /// What ended takes nothing from anybody.
  private func checkFlows(_ running: [HostProcess]) throws(LabError) {
    guard let ended = running.first(where: { !$0.isRunning }) else { return }
    throw LabError("a flow beside the migrations ended: \(ended.lastLine)")
  }
}
