import Units

/// What a lab shall be: so many hosts, how they are joined, and what the switch between them does.
public struct LabSpec: Sendable, Equatable {
  /// Labs of different names may exist at once.
  public var name: String
  /// 1 to 99.
  public var hosts: Int
  public var mtu: Int
  /// Receive and transmit queues of each host's link.
  public var queues: Int
  /// What each host's link carries; nil: not limited.
  public var link: BitRate?
  public var fabric: Fabric
  /// The lines of the configuration's `switch:` mapping, e.g. `workers: [0, 1]`.
  public var switchLines: [String]
  /// More keys of a port's mapping, by host number from 1, e.g. `ingress: native`.
  public var portKeys: [Int: [String]]
  /// Keys of every port's mapping.
  public var allPortKeys: [String]
  /// Further ports, each a YAML mapping in one line.
  public var extraPorts: [String]

  /// What joins the hosts.
  public enum Fabric: String, Sendable, CaseIterable {
    case millrace
    /// The kernel's bridge, for comparison.
    case bridge
  }

  public init(
    name: String = "lab", hosts: Int, mtu: Int = 1500, queues: Int = 1, link: BitRate? = nil,
    fabric: Fabric = .millrace, switchLines: [String] = ["workers: [0, 1]"], portKeys: [Int: [String]] = [:],
    allPortKeys: [String] = [], extraPorts: [String] = []
  ) {
    self.name = name
    self.hosts = hosts
    self.mtu = mtu
    self.queues = queues
    self.link = link
    self.fabric = fabric
    self.switchLines = switchLines
    self.portKeys = portKeys
    self.allPortKeys = allPortKeys
    self.extraPorts = extraPorts
  }

  /// What is wrong with it, in one line; nil when it can be made.
  public var fault: String? {
    let legal = name.utf8.allSatisfy { (48...57).contains($0) || (97...122).contains($0) || $0 == 95 }
    if name.isEmpty || name.utf8.count > 20 || !legal {
      return "'\(name)' is no lab's name: write 1 to 20 of a-z, 0-9 and _"
    }
    if !(1...99).contains(hosts) { return "\(hosts) hosts: write 1 to 99" }
    if !(68...9198).contains(mtu) { return "MTU \(mtu): write 68 to 9198" }
    if !(1...64).contains(queues) { return "\(queues) queues: write 1 to 64" }
    return nil
  }
}

extension LabSpec {
  // Names and addresses. Host numbers are from 1; 0 stands for the switch's own vNIC.

  static let prefix = "millrace-"

  public var switchNamespace: String { "\(Self.prefix)\(name)-switch" }
  public func namespace(of host: Int) -> String { "\(Self.prefix)\(name)-h\(host)" }
  /// The link of a host, in the switch's namespace.
  public func port(of host: Int) -> String { "port\(host)" }
  /// The link's other end, in the host.
  public static let hostDevice = "eth0"
  public func address(of host: Int) -> String { "10.77.0.\(host)" }
  public func address6(of host: Int) -> String { "fd77::\(host)" }
  public func mac(of host: Int) -> String {
    let digits = host < 16 ? "0\(String(host, radix: 16))" : String(host, radix: 16)
    return "02:00:00:77:00:\(digits)"
  }

  public var directory: String { "/run/millrace/lab-\(name)" }
  public var configPath: String { "\(directory)/config.yaml" }
  public var socketPath: String { "\(directory)/control.sock" }
  public var logPath: String { "\(directory)/switch.log" }
  var pidPath: String { "\(directory)/switch.pid" }

  /// The switch's configuration (YAML).
  public var configuration: String {
    var lines = ["switch:"] + switchLines.map { "  \($0)" } + ["ports:"]
    for host in 1...hosts {
      var keys = ["name: h\(host)", "netdev: \(port(of: host))", "mac: \"\(mac(of: host))\""]
      if let link { keys.append("rate: \(link)") }
      keys += allPortKeys + (portKeys[host] ?? [])
      lines.append("  - {\(keys.joined(separator: ", "))}")
    }
    lines += extraPorts.map { "  - \($0)" }
    return lines.joined(separator: "\n") + "\n"
  }
}
