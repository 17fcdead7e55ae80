import Foundation
import Lab
import Testing

extension SwitchTests {
  /// A bulk sender's frames enter on CPUs without workers; once it is quiet the device is as it was.
  @Test(.enabled(if: ProcessInfo.processInfo.activeProcessorCount > 1, "needs a CPU without a worker"))
  func bulkEntersOnCPUsWithoutWorkers() async throws {
    let spec = LabSpec(name: "bulkcpu", hosts: 2, switchLines: ["workers: [1]"])
    try await withLab(spec) { lab in
      func mask(_ host: Int) async throws -> UInt32? {
        let text = try await lab.run(in: 0, "cat", "/sys/class/net/\(spec.port(of: host))/queues/rx-0/rps_cpus")
        return UInt32(text.filter { $0 != "," && !$0.isWhitespace }, radix: 16)
      }
      #expect(try await mask(1) == 0)
      async let load = IPerf.run(lab, client: 1, server: 2, address: spec.address(of: 2), seconds: 4)
      let isSteered = try await lab.eventually { try await (mask(1) ?? 0) != 0 }
      let (sender, receiver) = (try await mask(1), try await mask(2))
      _ = try await load
      #expect(isSteered && sender! & 0b10 == 0, "\(String(describing: sender))")
      #expect(receiver == 0)
      #expect(try await lab.eventually { try await mask(1) == 0 })
    }
  }

  /// The same where frames come in one by one, and only when their sender is on a worker's CPU.
  @Test(
    .enabled(if: ProcessInfo.processInfo.activeProcessorCount > 1, "needs a CPU without a worker"), arguments: [0, 1])
  func bulkOfSingleFramesEntersInThreadsOnCPUsWithoutWorkers(senderCPU: Int) async throws {
    let spec = LabSpec(
      name: "bulknapi", hosts: 2, switchLines: ["workers: [1]"], allPortKeys: ["ingress: native"])
    try await withLab(spec) { lab in
      let device = spec.port(of: 1)
      func areThreads() async throws -> Bool {
        try await lab.run(in: 0, "cat", "/sys/class/net/\(device)/threaded").hasPrefix("1")
      }
      try await lab.receive(on: [senderCPU])
      let server = try lab.spawn(in: 2, onOneCPU + ["iperf3", "-s"])
      defer { server.signal(SIGKILL) }
      try await lab.waitUntilSomebodyListens(in: 2, port: 5201)
      let load = try lab.spawn(
        in: 1, ["taskset", "-c", "\(senderCPU)", "iperf3", "-c", spec.address(of: 2), "-t", "3600"])
      defer { load.signal(SIGKILL) }
      if senderCPU == 0 {
        try await Task.sleep(for: .seconds(3))
        #expect(load.isRunning)
        #expect(try await !areThreads())
        return
      }
      #expect(try await lab.eventually { try await areThreads() })
      let thread = try await lab.run(in: 0, "pgrep", "napi/\(device)-").split(separator: "\n").first ?? ""
      let cpus = try await lab.run(in: 0, "taskset", "-cp", String(thread)).split(separator: " ").last ?? ""
      #expect(!thread.isEmpty && !cpus.split { !$0.isNumber }.contains("1"), "\(thread): \(cpus)")
      load.signal(SIGKILL)
      #expect(try await lab.eventually { try await !areThreads() })
    }
  }
}
