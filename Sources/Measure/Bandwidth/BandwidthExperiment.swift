import Lab
import Units

/// `qos`: maximums and minimums held by Millrace, beside what Linux and Open vSwitch make of the same.
public struct BandwidthExperiment: Experiment {
  public let name = "qos"
  public let summary = "maximums, minimums and a link that migrations fill: Millrace, Linux HTB and Open vSwitch"

  let program: SwitchProgram

  public init(_ program: SwitchProgram) { self.program = program }

  public func measure(_ options: ExperimentOptions) async throws -> any ReportText {
    let settings = BandwidthSettings(
      link: options.link ?? BandwidthSettings.usualLink, workers: Array(0..<min(2, options.machine.cores)),
      seconds: options.quick ? 4 : 10, mtu: options.mtu ?? 1500)
    try await IPerf3.require()
    var cases = try options.chosen(of: name, full: BandwidthCase.full, quick: BandwidthCase.quick)
    if await !Lab.hasOpenVSwitch() {
      options.progress("ovs-vswitchd: not found; its cases are left out (apt install openvswitch-switch)")
      cases.removeAll { $0.peer == .policer }
    }
    let bench = BandwidthBench(program: program, settings: settings)
    let measured = try await options.measure(cases, turns: options.turns(usual: 3)) { one, _ in
      let result = try await bench.measure(one)
      return (result, told(result, one))
    }
    let runs = measured.map { Run(scenario: scenario($0, settings), repeats: $1) }
    return BandwidthReport(settings: settings, runs: runs)
  }

  private func told(_ result: Repeat, _ one: BandwidthCase) -> String {
    if let response = result.response { return response.p99s }
    if !result.shares.isEmpty { return result.shares.map(Figure.percent).joined(separator: ", ") }
    return Figure.rate(result.throughputBitsPerSecond)
  }

  private func scenario(_ one: BandwidthCase, _ settings: BandwidthSettings) -> Scenario {
    var (link, transport) = (settings.link, "tcp")
    if case .maximum(let megabits, let isUDP, _) = one.question {
      link = BitRate(bitsPerSecond: UInt64(megabits) * 1_000_000)
      if isUDP { transport = "udp" }
    }
    return Scenario(
      name: one.name, label: one.label, group: one.group, steering: one.peer.label,
      migrations: one.question == .response ? BandwidthBench.migrations : 0, targets: 1, transport: transport,
      mtu: settings.mtu, emulatedShare: nil, link: link, workerCapacity: nil, sourcePorts: [])
  }
}
