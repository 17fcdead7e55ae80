import Lab

/// A lab as `lab show` prints it.
struct LabStatus: Codable {
  struct Host: Codable {
    var name: String
    var namespace: String
    var address: String
    var address6: String
    var mac: String
    var port: String
  }

  var name: String
  /// Whether the switch's process runs.
  var switchIsRunning: Bool
  var socket: String
  var hosts: [Host]
}

enum LabText {
  static func all() async throws(LabError) -> [LabStatus] {
    var labs: [LabStatus] = []
    for name in try await Lab.all() {
      let lab = Lab(LabSpec(name: name, hosts: 1))
      let hosts = try await lab.hosts().map { host(lab.spec, $0) }
      labs.append(
        LabStatus(
          name: name, switchIsRunning: lab.recordedSwitch?.isRunning ?? false, socket: lab.spec.socketPath, hosts: hosts))
    }
    return labs
  }

  static func host(_ spec: LabSpec, _ number: Int) -> LabStatus.Host {
    LabStatus.Host(
      name: "h\(number)", namespace: spec.namespace(of: number), address: spec.address(of: number),
      address6: spec.address6(of: number), mac: spec.mac(of: number), port: spec.port(of: number))
  }

  static func table(_ labs: [LabStatus]) -> String {
    labs.map { lab in
      let state = lab.switchIsRunning ? "switch runs, socket \(lab.socket)" : "no switch runs"
      return "lab '\(lab.name)': \(state)\n" + rows(lab.hosts)
    }.joined(separator: "\n")
  }

  static func describe(_ spec: LabSpec) -> String {
    rows((1...spec.hosts).map { host(spec, $0) }) + """

      try:  millrace lab exec h1 -- ping -c 3 h\(min(2, spec.hosts))
            millrace show ports --socket \(spec.socketPath)
            millrace lab down\(spec.name == "lab" ? "" : " --name \(spec.name)")

      """
  }

  private static func rows(_ hosts: [LabStatus.Host]) -> String {
    func pad(_ text: String, _ width: Int) -> String {
      text + String(repeating: " ", count: max(0, width - text.count))
    }
    let head = "  " + pad("host", 6) + pad("address", 14) + pad("IPv6", 12) + pad("mac", 20) + "namespace\n"
    return hosts.reduce(head) {
      $0 + "  " + pad($1.name, 6) + pad($1.address, 14) + pad($1.address6, 12) + pad($1.mac, 20) + $1.namespace + "\n"
    }
  }
}
