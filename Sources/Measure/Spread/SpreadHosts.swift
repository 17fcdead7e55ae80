import Lab
import Units

/// The hosts of the spread experiment: a source and four targets, each a namespace joined by veth to the namespace of
/// the switch. The source's link is held to its rate by a token bucket (tbf) on the source's device.
package struct SpreadHosts: Sendable {
  static let targetCount = 4
  /// Host numbers in the lab.
  static let source = 1
  static func target(_ index: Int) -> Int { index + 2 }

  let lab: Lab

  /// Makes the hosts, runs `body`, removes them. What a crash leaves is found and removed by `millrace lab down`.
  static func with<R>(mtu: Int, process: Int32, _ body: (SpreadHosts) async throws -> R) async throws -> R {
    let spec = LabSpec(name: "spread_\(process)", hosts: 1 + targetCount, mtu: mtu)
    let hosts = SpreadHosts(lab: try await Lab.up(spec))
    do {
      // The lab's switch has shown that it can run; each case has one of its own.
      await hosts.lab.stopSwitch()
      for host in 1...spec.hosts {
        // A finished connection's congestion window must not be the next one's start.
        try await hosts.lab.run(in: host, "sysctl", "-qw", "net.ipv4.tcp_no_metrics_save=1")
      }
      let value = try await body(hosts)
      await hosts.lab.down()
      return value
    } catch {
      // A task of its own: this one may have been cancelled, and the hosts must go all the same.
      await Task.detached { await hosts.lab.down() }.value
      throw error
    }
  }

  /// Lets the hosts' TCP work on these CPUs (receive packet steering, RPS); nil: wherever a frame is handed over, which
  /// is inside the system call of the worker that forwards it.
  func receive(on cpus: [Int]?) async throws {
    let mask = Self.mask(cpus ?? [])
    for host in 1...lab.spec.hosts {
      try await lab.run(
        in: host, "sh", "-c", "echo \(mask) > /sys/class/net/\(LabSpec.hostDevice)/queues/rx-0/rps_cpus")
    }
  }

  /// CPUs as the kernel reads them: groups of 32 bits in hexadecimal, the highest first.
  package static func mask(_ cpus: [Int]) -> String {
    let groups = (cpus.max() ?? 0) / 32 + 1
    return (0..<groups).reversed().map { group in
      let bits = cpus.filter { $0 / 32 == group }.reduce(UInt32(0)) { $0 | 1 << UInt32($1 % 32) }
      return String(bits, radix: 16)
    }.joined(separator: ",")
  }

  /// An address as its bytes.
  func address(of host: Int) -> [UInt8] { lab.spec.address(of: host).split(separator: ".").compactMap { UInt8($0) } }

  /// Holds the source's link to a rate; nil lifts the limit.
  func limitLink(to rate: BitRate?) async throws {
    let device = LabSpec.hostDevice
    guard let rate else {
      // It says no when there is no limit.
      _ = try await lab.result(in: Self.source, "tc", "qdisc", "del", "dev", device, "root")
      return
    }
    // A super-frame of 64 KiB must fit the bucket, and so must what gathers between two ticks.
    let burst = max(128 << 10, rate.bitsPerSecond / 8 / 500)
    try await lab.run(
      in: Self.source, "tc", "qdisc", "replace", "dev", device, "root", "tbf", "rate", "\(rate.bitsPerSecond)bit",
      "burst", "\(burst)b", "latency", "100ms")
  }

  /// How often TCP at the source found its segments to have arrived in another order, since the start.
  func reorderings() async throws -> Int { try await KernelCounters.reorderings(in: lab, host: Self.source) }
}
