import Foundation
import Lab
import Units

/// `dynamic`: queues that stay where they start beside queues that follow the load.
public struct DynamicExperiment: Experiment {
  public let name = "dynamic"
  public let summary = "a load that shifts among 16 VMs: queues that stay, and queues that follow it"

  let executable: String
  let probe: @Sendable (_ socket: String) -> any SwitchProbe

  /// - Parameters:
  ///   - executable: the path of the millrace program, for the switch.
  ///   - probe: reads the counters of the switch at a control socket.
  public init(executable: String, probe: @escaping @Sendable (_ socket: String) -> any SwitchProbe) {
    self.executable = executable
    self.probe = probe
  }

  public func run(_ options: ExperimentOptions) async throws -> Report {
    let begin = Monotonic.now()
    let started = Date.now.formatted(.iso8601)
    let cases = try chosen(options)
    let settings = DynamicSettings(
      share: options.emulatedShare ?? DynamicSettings.usualShare, cpus: options.machine.cores,
      mtu: options.mtu ?? DynamicSettings.usualMTU, phases: options.quick ? 3 : 8)
    guard (try? await Program.run(["iperf3", "--version"])) != nil else {
      throw ExperimentError(.unavailable, "iperf3: not found; install it: apt install iperf3")
    }
    let process = ProcessInfo.processInfo.processIdentifier
    let directory = URL(filePath: "/tmp/millrace-dynamic-\(process)")
    try FileManager.default.createDirectory(
      at: directory, withIntermediateDirectories: true, attributes: [.posixPermissions: 0o700])
    defer { try? FileManager.default.removeItem(at: directory) }
    let (runs, capacity) = try await DynamicHosts.with(settings, process: process) { hosts in
      let bench = DynamicBench(
        hosts: hosts, executable: executable, settings: settings, directory: directory, probe: probe)
      return try await measure(cases, bench, settings, options)
    }
    return DynamicReport(settings: settings, runs: runs, capacity: capacity).report(
      machine: options.machine, started: started, seconds: (Monotonic.now() - begin).seconds)
  }

  private func chosen(_ options: ExperimentOptions) throws(ExperimentError) -> [DynamicCase] {
    guard let names = options.cases else { return options.quick ? DynamicCase.quick : DynamicCase.all }
    let known = DynamicCase.all.map(\.name)
    if let unknown = names.subtracting(known).sorted().first {
      throw ExperimentError(.failed, "dynamic: no case '\(unknown)'; there are \(known.joined(separator: ", "))")
    }
    return DynamicCase.all.filter { names.contains($0.name) }
  }

  /// Every case once with one load, then again with the next.
  private func measure(
    _ cases: [DynamicCase], _ bench: DynamicBench, _ settings: DynamicSettings, _ options: ExperimentOptions
  ) async throws -> ([Run], BitRate) {
    let capacity = try await bench.capacity()
    options.progress("one worker carries \(Figure.rate(Double(capacity.bitsPerSecond)))")
    var measured: [[Repeat]] = Array(repeating: [], count: cases.count)
    for turn in 1...(options.repeats ?? (options.quick ? 1 : 3)) {
      let load = DynamicLoad(seed: UInt64(turn), phases: settings.phases)
      for (place, one) in cases.enumerated() {
        let result = try await bench.measure(one, load, capacity: capacity)
        measured[place].append(result)
        options.progress(
          "\(one.name) (\(turn)): \(Figure.rate(result.throughputBitsPerSecond)), "
            + "\(Figure.percent(result.carriedOfBest ?? 0)) of the best placement, \(result.moves.count) moves")
      }
    }
    let runs = zip(cases, measured).map { one, repeats in
      Run(
        scenario: Scenario(
          name: one.name, label: one.label, group: one.group, steering: one.label, migrations: 0,
          targets: DynamicLoad.vms, transport: "tcp", mtu: settings.mtu, emulatedShare: settings.share, link: nil,
          workerCapacity: capacity, sourcePorts: []),
        repeats: repeats)
    }
    return (runs, capacity)
  }
}
