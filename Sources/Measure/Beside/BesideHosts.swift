import Lab
import Units

/// A host that migrations and VM traffic come into, and the network beyond its uplinks: two hosts with two paths, of
/// which the second is used where migrations have an uplink of their own, and VMs.
struct BesideHosts: Sendable {
  static let vms = [3, 4]

  let paths: PathHosts
  var lab: Lab { paths.lab }

  static func spec(_ experiment: String) -> LabSpec { PathHosts.spec(experiment, hosts: vms.last ?? 2) }

  init(lab: Lab, mtu: Int) async throws {
    try await lab.forgetConnections(of: Self.vms)
    paths = try await PathHosts(lab: lab)
    for path in 0..<PathHosts.paths { try await paths.setMTU(path: path, to: mtu) }
  }

  /// The path that migrations take.
  static func path(_ one: BesideCase) -> Int { one.ownUplink == nil ? 0 : 1 }

  /// The switch of the host that receives.
  func configuration(_ one: BesideCase, _ settings: SpreadSettings) -> String {
    let keys = ["ingress: \(settings.ingress)", "rsc: off"]
    let own = keys + (one.ownUplink.map { ["steering: \($0)"] } ?? [])
    let used = 0...Self.path(one)
    var lines = [
      "switch:", "  workers: \(settings.workerCPUs(emulated: true))", "  emulatedShare: \(settings.share)",
      "  steering: \(one.steering)", "  rebalance: off", "uplinks:",
    ]
    lines += used.map { path in
      let uplink = paths.port(of: PathHosts.source, path: path)
      return LabSpec.portLine(name: uplink, netdev: uplink, path == 0 ? keys : own)
    }
    lines.append("ports:")
    lines += used.map { paths.portLine(of: PathHosts.target, path: $0, $0 == 0 ? keys : own) }
    lines += Self.vms.map { lab.spec.portLine(of: $0, name: lab.spec.port(of: $0), keys) }
    return lines.joined(separator: "\n") + "\n"
  }

  /// Where a migration goes, and the tables that spread it.
  func way(_ one: BesideCase) -> FlowPorts.Way {
    let path = Self.path(one)
    let (uplink, vNIC) = (paths.port(of: PathHosts.source, path: path), paths.port(of: PathHosts.target, path: path))
    return FlowPorts.Way(
      source: paths.address(of: PathHosts.source, path: path), target: paths.address(of: PathHosts.target, path: path),
      // RSS asks for no address: the uplink's own table counts.
      table: one.ownUplink == "rss" ? uplink : vNIC, backTable: vNIC)
  }
}
