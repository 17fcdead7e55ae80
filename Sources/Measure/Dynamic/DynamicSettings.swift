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
  func configuration(_ one: DynamicCase, _ lab: [(name: String, mac: String)]) -> String {
    let cpus = self.cpus.workers(workers).map(String.init).joined(separator: ", ")
    var lines = [
      "switch:", "  workers: [\(cpus)]", "  emulatedShare: \(share)", "  steering: \(one.steering)",
      "  rebalance: \(one.isDynamic ? "{upper: 90%}" : "off")", "uplinks:",
      "  - {name: \(lab[0].name), netdev: \(lab[0].name), ingress: \(Self.ingress), rsc: off}", "ports:",
    ]
    for vm in lab.dropFirst() {
      lines.append(
        "  - {name: \(vm.name), netdev: \(vm.name), mac: \"\(vm.mac)\", ingress: \(Self.ingress), rsc: off}")
    }
    return lines.joined(separator: "\n") + "\n"
  }
}
