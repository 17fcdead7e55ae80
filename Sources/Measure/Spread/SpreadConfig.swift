import Lab
import Units

/// The configuration of the switch in one case, as its YAML file.
///
/// The source is behind an uplink: a host out on the physical network. Where the two ends are steered differently it is
/// a port as the targets are, and each port's `steering` says how the frames to it are spread.
enum SpreadConfig {
  static func yaml(_ one: SpreadCase, _ settings: SpreadSettings, share: Share, lab: LabSpec) -> String {
    var lines = [
      "switch:",
      "  workers: \(settings.workerCPUs(emulated: one.isEmulated))",
      "  steering: \(one.sending == nil ? one.receiving : "vmq")",
      // What a queue and its table carry is the question: they stay.
      "  rebalance: off",
    ]
    // The switch of the claims joined no segments.
    let keys = ["ingress: \(settings.ingress)", "rsc: off"]
    if one.isEmulated { lines.append("  emulatedShare: \(share)") }
    let source = lab.port(of: SpreadHosts.source)
    if one.sending == nil {
      lines += ["uplinks:", LabSpec.portLine(name: source, netdev: source, keys)]
    }
    lines.append("ports:")
    func add(_ host: Int, steering: String?) {
      let own = steering.map { ["steering: \($0)"] } ?? []
      lines.append(lab.portLine(of: host, name: lab.port(of: host), keys + own))
    }
    if let sending = one.sending { add(SpreadHosts.source, steering: sending) }
    for index in 0..<SpreadHosts.targetCount {
      add(SpreadHosts.target(index), steering: one.sending == nil ? nil : one.receiving)
    }
    return lines.joined(separator: "\n") + "\n"
  }
}
