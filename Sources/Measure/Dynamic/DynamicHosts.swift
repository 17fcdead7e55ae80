import Lab
import Units

/// A source and sixteen VMs, each a namespace, and the load between them (iperf3).
struct DynamicHosts: Sendable {
  static let source = 1
  static func vm(_ index: Int) -> Int { index + 2 }
  /// A server serves one test at a time and is a while busy with its end: phases take turns.
  private static let serverPorts = [5201, 5202]

  let lab: Lab
  let settings: DynamicSettings

  /// Starts what the hosts need.
  init(lab: Lab, settings: DynamicSettings) async throws {
    (self.lab, self.settings) = (lab, settings)
    try await lab.receive(on: settings.cpus.hosts)
    for index in 0..<DynamicLoad.vms {
      for port in Self.serverPorts {
        _ = try lab.spawn(in: Self.vm(index), pinned + ["iperf3", "--server", "--port", "\(port)"])
      }
    }
  }

  private var pinned: [String] { Precedence.command(cpus: settings.cpus.hosts) }

  /// Sends to VMs what they ask for, all at once, for so long.
  /// - Parameter demands: rates are those of frames; nil: as much as goes.
  func send(_ demands: [(vm: Int, rate: BitRate?)], seconds: Int, phase: Int = 0) async throws {
    let port = Self.serverPorts[phase % Self.serverPorts.count]
    let clients = try demands.map { vm, rate in
      let payload = rate?.tcpPayload(mtu: settings.mtu).bitsPerSecond
      let paced = payload.map { ["--bitrate", "\($0 / UInt64(DynamicLoad.flows))"] } ?? []
      return try lab.spawn(
        in: Self.source,
        pinned + ["iperf3", "--client", lab.spec.address(of: Self.vm(vm)), "--time", "\(seconds)"]
          + ["--port", "\(port)", "--parallel", "\(DynamicLoad.flows)"] + paced)
    }
    for client in clients { try await client.succeeds(within: .seconds(seconds + 20)) }
  }
}
