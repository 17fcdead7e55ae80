/// Making the hosts and their links.
extension Lab {
  func makeHosts() async throws(LabError) {
    try File.makeDirectory(spec.directory)
    try await Program.run(["ip", "netns", "add", spec.switchNamespace])
    try await ip(0, "link", "set", "lo", "up")
    for host in 1...spec.hosts { try await makeHost(host) }
    try writeHostNames()
  }

  private func makeHost(_ host: Int) async throws(LabError) {
    let namespace = spec.namespace(of: host)
    try await Program.run(["ip", "netns", "add", namespace])
    let queues = ["numtxqueues", "\(spec.queues)", "numrxqueues", "\(spec.queues)"]
    try await Program.run(
      ["ip", "-n", spec.switchNamespace, "link", "add", spec.port(of: host), "mtu", "\(spec.mtu)"] + queues
        + ["type", "veth", "peer", "name", LabSpec.hostDevice, "address", spec.mac(of: host), "mtu", "\(spec.mtu)"]
        + queues + ["netns", namespace])
    // The switch's end is no host: it must not send router solicitations of its own.
    try await run(in: 0, "sysctl", "-qw", "net.ipv6.conf.\(spec.port(of: host)).disable_ipv6=1")
    try await ip(0, "link", "set", spec.port(of: host), "up")
    try await ip(host, "link", "set", "lo", "up")
    try await ip(host, "address", "add", "\(spec.address(of: host))/24", "dev", LabSpec.hostDevice)
    try await ip(host, "address", "add", "\(spec.address6(of: host))/64", "dev", LabSpec.hostDevice, "nodad")
    try await ip(host, "link", "set", LabSpec.hostDevice, "up")
  }

  func makeBridge() async throws(LabError) {
    try await ip(0, "link", "add", "br0", "type", "bridge")
    for host in 1...spec.hosts { try await ip(0, "link", "set", spec.port(of: host), "master", "br0") }
    try await ip(0, "link", "set", "br0", "up")
  }

  /// `ip netns exec` shows a host these names as its /etc/hosts (ip-netns(8)).
  private func writeHostNames() throws(LabError) {
    var text = "127.0.0.1 localhost\n::1 localhost\n"
    for host in 1...spec.hosts { text += "\(spec.address(of: host)) h\(host)\n\(spec.address6(of: host)) h\(host)\n" }
    for host in 1...spec.hosts {
      let directory = "/etc/netns/\(spec.namespace(of: host))"
      try File.makeDirectory(directory)
      try File.write(text, to: "\(directory)/hosts")
    }
  }

  private func ip(_ host: Int, _ arguments: String...) async throws(LabError) {
    try await Program.run(["ip", "-n", host == 0 ? spec.switchNamespace : spec.namespace(of: host)] + arguments)
  }
}
