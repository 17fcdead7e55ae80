import Units

/// The hosts of the spread experiment: a source and four targets, each a namespace with one veth to a switch in a
/// namespace of its own. The source's link is held to its rate by a token bucket (tbf) on the source's device.
struct SpreadHosts: Sendable {
  static let targetCount = 4
  static let switchHost = "switch"
  static let sourceHost = "source"
  static let port: UInt16 = 7000

  let namespaces = Namespaces()
  let mtu: Int

  static func targetHost(_ index: Int) -> String { "target\(index + 1)" }
  /// 198.18.0.0/15 is set aside for benchmarks (RFC 2544).
  static let sourceAddress: [UInt8] = [198, 18, 0, 1]
  static func targetAddress(_ index: Int) -> [UInt8] { [198, 18, 0, UInt8(11 + index)] }
  static let sourceMAC = "02:00:c6:12:00:01"
  static func targetMAC(_ index: Int) -> String { "02:00:c6:12:00:\(11 + index)" }

  static func text(_ address: [UInt8]) -> String { address.map(String.init).joined(separator: ".") }

  /// Makes the hosts, runs `body`, removes them.
  static func with<R>(mtu: Int, _ body: (SpreadHosts) async throws -> R) async throws -> R {
    let hosts = SpreadHosts(mtu: mtu)
    try await hosts.namespaces.removeAll()
    do {
      try await hosts.make()
      let value = try await body(hosts)
      try await hosts.namespaces.removeAll()
      return value
    } catch {
      // Not in a task that may have been cancelled: the hosts must go all the same.
      await Task.detached { try? await hosts.namespaces.removeAll() }.value
      throw error
    }
  }

  private func make() async throws {
    try await namespaces.add(Self.switchHost)
    let targets = (0..<Self.targetCount).map { (Self.targetHost($0), Self.targetAddress($0), Self.targetMAC($0)) }
    let all = [(Self.sourceHost, Self.sourceAddress, Self.sourceMAC)] + targets
    for (host, address, mac) in all {
      try await namespaces.add(host)
      try await Child.run([
        "ip", "link", "add", "eth0", "address", mac, "mtu", "\(mtu)", "netns", namespaces.name(host), "type", "veth",
        "peer", "name", host, "mtu", "\(mtu)", "netns", namespaces.name(Self.switchHost),
      ])
      // No address of the kernel's own, so that nothing but the migrations crosses the switch; and a finished
      // connection's congestion window must not be the next one's start.
      try await namespaces.run(
        in: host, ["sysctl", "-qw", "net.ipv6.conf.all.disable_ipv6=1", "net.ipv4.tcp_no_metrics_save=1"])
      try await ip(host, "addr", "add", "\(Self.text(address))/24", "dev", "eth0")
      try await ip(host, "link", "set", "eth0", "up")
      try await namespaces.run(in: Self.switchHost, ["sysctl", "-qw", "net.ipv6.conf.all.disable_ipv6=1"])
      try await ip(Self.switchHost, "link", "set", host, "up")
    }
    for (host, _, _) in all {
      for (other, address, mac) in all where other != host {
        try await ip(host, "neigh", "add", Self.text(address), "lladdr", mac, "dev", "eth0", "nud", "permanent")
      }
    }
  }

  /// Holds the source's link to a rate; nil lifts the limit.
  func limitLink(to rate: BitRate?) async throws {
    guard let rate else {
      // No qdisc of ours: nothing to remove.
      try await Child.run(tc("del", "dev", "eth0", "root"), accepted: [0, 2])
      return
    }
    // A super-frame of 64 KiB must fit the bucket, and so must what the clock's granularity lets gather.
    let burst = max(128 << 10, rate.bitsPerSecond / 8 / 500)
    try await Child.run(
      tc(
        "replace", "dev", "eth0", "root", "tbf", "rate", "\(rate.bitsPerSecond)bit", "burst", "\(burst)b", "latency",
        "100ms"))
  }

  /// How often TCP at the source found its segments to have arrived in another order, since the start.
  func reorderings() async throws -> Int {
    let text = try await namespaces.run(in: Self.sourceHost, ["cat", "/proc/net/netstat"])
    let counters = KernelCounters(text)
    return ["TCPSACKReorder", "TCPRenoReorder", "TCPTSReorder"].reduce(0) { $0 + (counters["TcpExt", $1] ?? 0) }
  }

  private func tc(_ arguments: String...) -> [String] {
    namespaces.command(in: Self.sourceHost, ["tc", "qdisc"] + arguments)
  }

  private func ip(_ host: String, _ arguments: String...) async throws {
    try await Child.run(["ip", "-n", namespaces.name(host)] + arguments)
  }
}
