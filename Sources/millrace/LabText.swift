import Lab
import Units

/// Labs in aligned text.
enum LabText {
  static func table(_ labs: [LabStatus]) -> String {
    labs.map { "lab '\($0.name)': \(state($0)), \(links($0))\n" + rows($0.hosts) }.joined(separator: "\n")
  }

  static func describe(_ spec: LabSpec) -> String {
    let show =
      spec.fabric == .millrace ? "\n      millrace show ports --socket \(spec.socketPath)" : ""
    return rows((1...spec.hosts).map { LabStatus.Host(spec, $0) }) + """

      try:  millrace lab exec\(name(spec)) h1 -- ping -c 3 h\(min(2, spec.hosts))\(show)
            millrace lab down\(name(spec))

      """
  }

  private static func name(_ spec: LabSpec) -> String { spec.name == "lab" ? "" : " --name \(spec.name)" }

  private static func state(_ lab: LabStatus) -> String {
    if lab.fabric != LabSpec.Fabric.millrace.rawValue { return lab.fabric }
    return lab.switchIsRunning ? "switch runs, socket \(lab.socket)" : "no switch runs"
  }

  private static func links(_ lab: LabStatus) -> String {
    let rate = lab.linkBitsPerSecond.map { ", \(BitRate(bitsPerSecond: $0))" } ?? ""
    return "MTU \(lab.mtu), \(lab.queues) queue\(lab.queues == 1 ? "" : "s")\(rate)"
  }

  private static func rows(_ hosts: [LabStatus.Host]) -> String {
    func line(_ cells: [String]) -> String {
      let widths = [6, 14, 12, 20]
      let padded = zip(cells, widths).map { $0 + String(repeating: " ", count: max(0, $1 - $0.count)) }
      return "  " + padded.joined() + cells[4] + "\n"
    }
    return hosts.reduce(line(["host", "address", "IPv6", "mac", "namespace"])) {
      $0 + line([$1.name, $1.address, $1.address6 ?? "-", $1.mac, $1.namespace])
    }
  }
}
