import Lab
import Units

/// A lab as `lab show --json` prints it.
struct LabStatus: Codable {
  struct Host: Codable {
    var name: String
    var namespace: String
    var address: String
    /// Nil when its hosts have no IPv6.
    var address6: String?
    var mac: String
    /// The switch's end of its link.
    var port: String
  }

  var name: String
  /// `millrace`, `bridge` or `openvswitch`.
  var fabric: String
  var mtu: Int
  var queues: Int
  var linkBitsPerSecond: UInt64?
  /// Whether the switch's process runs.
  var switchIsRunning: Bool
  var switchPID: Int?
  var switchNamespace: String
  var socket: String
  var log: String
  var hosts: [Host]

  static func all() async throws(LabError) -> [LabStatus] {
    var labs: [LabStatus] = []
    for name in try await Lab.all() {
      guard let lab = try await Lab.named(name) else { continue }
      let hosts = try await lab.hosts()
      labs.append(LabStatus(lab, hosts: hosts))
    }
    return labs
  }

  init(_ lab: Lab, hosts: [Int]) {
    let spec = lab.spec
    let process = lab.recordedSwitch
    (name, fabric, mtu, queues) = (spec.name, spec.fabric.rawValue, spec.mtu, spec.queues)
    linkBitsPerSecond = spec.link?.bitsPerSecond
    switchIsRunning = process?.isRunning ?? false
    switchPID = switchIsRunning ? process.map { Int($0.pid) } : nil
    (switchNamespace, socket, log) = (spec.switchNamespace, spec.socketPath, spec.logPath)
    self.hosts = hosts.map { Host(spec, $0) }
  }
}

extension LabStatus.Host {
  init(_ spec: LabSpec, _ number: Int) {
    (name, namespace) = (LabSpec.hostName(number), spec.namespace(of: number))
    (address, address6) = (spec.address(of: number), spec.hasIPv6 ? spec.address6(of: number) : nil)
    (mac, port) = (spec.mac(of: number), spec.port(of: number))
  }
}
