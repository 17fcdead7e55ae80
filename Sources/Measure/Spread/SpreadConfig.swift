import Units

/// The configuration of the switch in one case, as its YAML file.
///
/// The source is behind an uplink: a host out on the physical network. Where the two ends are steered differently it is
/// a port as the targets are, and each port's `steering` says how the frames to it are spread.
enum SpreadConfig {
  static func yaml(_ one: SpreadCase, _ settings: SpreadSettings, share: Share) -> String {
    var lines = [
      "switch:",
      "  workers: [\(settings.workerCPUs(emulated: one.isEmulated).map(String.init).joined(separator: ", "))]",
      "  steering: \(one.sending == nil ? one.receiving : "vmq")",
    ]
    if one.isEmulated { lines.append("  emulatedShare: \(share)") }
    if one.sending == nil {
      lines += ["uplinks:", "  - {name: \(source), netdev: \(source), ingress: \(settings.ingress)}"]
    }
    lines.append("ports:")
    if let sending = one.sending {
      lines.append(port(source, SpreadHosts.sourceMAC, settings, steering: sending))
    }
    for index in 0..<SpreadHosts.targetCount {
      let steering = one.sending == nil ? nil : one.receiving
      lines.append(port(SpreadHosts.targetHost(index), SpreadHosts.targetMAC(index), settings, steering: steering))
    }
    return lines.joined(separator: "\n") + "\n"
  }

  private static let source = SpreadHosts.sourceHost

  private static func port(_ name: String, _ mac: String, _ settings: SpreadSettings, steering: String?) -> String {
    let own = steering.map { ", steering: \($0)" } ?? ""
    return "  - {name: \(name), netdev: \(name), mac: \"\(mac)\", ingress: \(settings.ingress)\(own)}"
  }
}
