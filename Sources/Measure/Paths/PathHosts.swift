import Lab
import Units

/// Two hosts with two NICs each, and what joins them: a path is a pair of NICs, in a network of its own.
struct PathHosts: Sendable {
  static let source = 1
  static let target = 2
  static let paths = 2
  /// What the switch's ends of all links carry; a host's end may carry less.
  static let largestMTU = 9000

  let lab: Lab

  /// Of two hosts without a switch.
  init(lab: Lab) async throws {
    self.lab = lab
    try await lab.forgetConnections(of: [Self.source, Self.target])
    for host in [Self.source, Self.target] {
      // One switch joins all paths: a NIC must not answer for another one's address.
      try await lab.run(in: host, "sysctl", "-qw", "net.ipv4.conf.all.arp_ignore=1", "net.ipv4.conf.all.arp_announce=2")
      for path in 1..<Self.paths { try await addPath(path, to: host) }
    }
  }

  /// - Parameter hosts: two, and others that have one NIC.
  static func spec(_ experiment: String, hosts: Int = 2) -> LabSpec {
    LabSpec(name: Lab.name(experiment), hosts: hosts, mtu: largestMTU)
  }

  static func device(_ path: Int) -> String { path == 0 ? LabSpec.hostDevice : "nic\(path)" }

  func address(of host: Int, path: Int) -> String {
    path == 0 ? lab.spec.address(of: host) : "10.78.\(path).\(host)"
  }

  /// The switch's port at the end of a host's path.
  func port(of host: Int, path: Int) -> String {
    path == 0 ? lab.spec.port(of: host) : "\(lab.spec.port(of: host))b"
  }

  func mac(of host: Int, path: Int) -> String {
    path == 0 ? lab.spec.mac(of: host) : "02:00:00:78:0\(path):0\(host)"
  }

  /// The element of `ports:` for the end of a host's path.
  func portLine(of host: Int, path: Int, _ keys: [String]) -> String {
    let name = port(of: host, path: path)
    return LabSpec.portLine(name: name, netdev: name, mac: mac(of: host, path: path), keys)
  }

  private func addPath(_ path: Int, to host: Int) async throws {
    let (own, device) = (port(of: host, path: path), Self.device(path))
    let mtu = "\(Self.largestMTU)"
    try await Program.run([
      "ip", "-n", lab.spec.switchNamespace, "link", "add", own, "mtu", mtu, "type", "veth", "peer", "name", device,
      "address", mac(of: host, path: path), "mtu", mtu, "netns", lab.spec.namespace(of: host),
    ])
    try await Program.run(["ip", "-n", lab.spec.switchNamespace, "link", "set", own, "up"])
    try await lab.run(in: host, "ip", "address", "add", "\(address(of: host, path: path))/24", "dev", device)
    try await lab.run(in: host, "ip", "link", "set", device, "up")
  }

  /// Joins the paths while `body` works, and gives it what reads the counters there.
  /// - Parameter keys: of every port of the switch.
  func joined<R: Sendable>(
    by fabric: LabSpec.Fabric, _ program: SwitchProgram, keys: String, _ body: (any SwitchProbe) async throws -> R
  ) async throws -> R {
    if fabric == .millrace { return try await program.running(configuration(keys), in: lab, body) }
    let ports = [Self.source, Self.target].map(lab.spec.port)
    try await lab.run(in: 0, "ip", "link", "add", Self.bridge, "type", "bridge", "mcast_snooping", "0")
    try await lab.run(in: 0, "ip", "link", "set", Self.bridge, "mtu", "\(Self.largestMTU)", "up")
    for port in ports { try await lab.run(in: 0, "ip", "link", "set", port, "master", Self.bridge) }
    let value = try await body(DeviceProbe(lab: lab, devices: ports))
    try await lab.run(in: 0, "ip", "link", "del", Self.bridge)
    return value
  }

  private static let bridge = "bridge0"

  private func configuration(_ keys: String) -> String {
    var lines = ["switch:", "  workers: [0, 1]", "ports:"]
    for host in [Self.source, Self.target] {
      lines += (0..<Self.paths).map { portLine(of: host, path: $0, [keys]) }
    }
    return lines.joined(separator: "\n") + "\n"
  }

  /// Sets the MTU of both hosts' ends of a path.
  func setMTU(path: Int, to mtu: Int) async throws {
    for host in [Self.source, Self.target] {
      try await lab.run(in: host, "ip", "link", "set", Self.device(path), "mtu", "\(mtu)")
    }
  }

  /// Whether an ICMP echo of 8,400 bytes that may not be fragmented comes back, as `ping -l 8400 -f` tries on Windows.
  func carriesJumboFrames(path: Int) async throws -> Bool {
    let result = try await lab.result(
      in: Self.source, "ping", "-q", "-c", "2", "-i", "0.2", "-W", "1", "-M", "do", "-s", "8400",
      address(of: Self.target, path: path))
    return result.exitCode == 0
  }
}
