/// Making the hosts and their links.
extension Lab {
  func makeHosts() async throws(LabError) {
    var namespaces = IPBatch()
    for host in 0...spec.hosts { namespaces.add("netns add \(spec.namespace(of: host))") }
    try await namespaces.run()
    try await makeLinks()
    for host in 1...spec.hosts { try await configure(host) }
    try writeHostNames()
  }

  private func makeLinks() async throws(LabError) {
    var links = IPBatch(in: spec.switchNamespace)
    let settings = "mtu \(spec.mtu) numtxqueues \(spec.queues) numrxqueues \(spec.queues)"
    for host in 1...spec.hosts {
      links.add(
        "link add \(spec.port(of: host)) \(settings) type veth peer name \(LabSpec.hostDevice) "
          + "address \(spec.mac(of: host)) \(settings) netns \(spec.namespace(of: host))")
    }
    try await links.run()
    // The switch's ends are no hosts: they must not solicit routers or answer neighbours.
    let quiet = (1...spec.hosts).map { "net.ipv6.conf.\(spec.port(of: $0)).disable_ipv6=1" }
    try await Program.run(command(in: 0, ["sysctl", "-qw"] + quiet))
    var up = IPBatch(in: spec.switchNamespace)
    up.add("link set lo up")
    for host in 1...spec.hosts { up.add("link set \(spec.port(of: host)) up") }
    try await up.run()
  }

  private func configure(_ host: Int) async throws(LabError) {
    let device = LabSpec.hostDevice
    if !spec.hasIPv6 { try await run(in: host, "sysctl", "-qw", "net.ipv6.conf.\(device).disable_ipv6=1") }
    var batch = IPBatch(in: spec.namespace(of: host))
    batch.add("link set lo up")
    batch.add("address add \(spec.address(of: host))/24 dev \(device)")
    if spec.hasIPv6 { batch.add("address add \(spec.address6(of: host))/64 dev \(device) nodad") }
    batch.add("link set \(device) up")
    if spec.staticNeighbours {
      for other in 1...spec.hosts where other != host {
        for address in addresses(of: other) {
          batch.add("neighbour replace \(address) lladdr \(spec.mac(of: other)) nud permanent dev \(device)")
        }
      }
    }
    try await batch.run()
  }

  func makeBridge() async throws(LabError) {
    var batch = IPBatch(in: spec.switchNamespace)
    let bridge = LabSpec.bridgeDevice
    batch.add("link add \(bridge) type bridge")
    for host in 1...spec.hosts { batch.add("link set \(spec.port(of: host)) master \(bridge)") }
    batch.add("link set \(bridge) up")
    try await batch.run()
  }

  private func addresses(of host: Int) -> [String] {
    [spec.address(of: host)] + (spec.hasIPv6 ? [spec.address6(of: host)] : [])
  }

  /// `ip netns exec` shows a host these names as its /etc/hosts (ip-netns(8)).
  private func writeHostNames() throws(LabError) {
    var lines = ["127.0.0.1 localhost", "::1 localhost"]
    for host in 1...spec.hosts { lines += addresses(of: host).map { "\($0) \(LabSpec.hostName(host))" } }
    for host in 0...spec.hosts {
      let directory = "\(LabSpec.namespaceFiles)/\(spec.namespace(of: host))"
      try File.makeDirectory(directory)
      try File.write(lines.joined(separator: "\n") + "\n", to: "\(directory)/hosts")
    }
  }
}
