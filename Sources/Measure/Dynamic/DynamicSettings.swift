import Lab
import Units

/// What is fixed for all cases before the first one runs.
struct DynamicSettings: Sendable {
  /// The share of a CPU each emulated worker is held to.
  var share: Share
  var workers = 8
  var cpus: CPUSplit
  var mtu: Int
  var phases: Int
  /// How long one shift of the load lasts.
  var phaseSeconds = 8

  static let usualShare = Share(fraction: 0.03)
  static let usualMTU = 1500
  /// XDP in the driver: every frame is handled on its own, as by a NIC's driver.
  static let ingress = "native"

  /// The switch's configuration: the source behind an uplink, each VM a port.
  func configuration(_ one: DynamicCase, _ lab: LabSpec) -> String {
    let keys = ["ingress: \(Self.ingress)", "rsc: off"]
    let source = lab.port(of: DynamicHosts.source)
    var lines = [
      "switch:", "  workers: \(cpus.workers(workers))", "  emulatedShare: \(share)", "  steering: \(one.steering)",
      "  rebalance: \(one.isDynamic ? "{upper: 90%}" : "off")", "uplinks:",
      LabSpec.portLine(name: source, netdev: source, keys), "ports:",
    ]
    lines += (0..<DynamicLoad.vms).map(DynamicHosts.vm).map { lab.portLine(of: $0, name: lab.port(of: $0), keys) }
    return lines.joined(separator: "\n") + "\n"
  }
}
