import Foundation
import Lab
import Units

/// Hosts to measure with.
extension Lab {
  /// Makes hosts without a switch, runs `body`, removes them. What a crash leaves is found and removed by
  /// `millrace lab down`.
  static func with<R>(_ spec: LabSpec, _ body: (Lab) async throws -> R) async throws -> R {
    let lab = try await Lab.up(spec)
    do {
      // The lab's switch has shown that it can run; each case has one of its own.
      await lab.stopSwitch()
      let value = try await body(lab)
      await lab.down()
      return value
    } catch {
      await lab.down()
      throw error
    }
  }

  /// A lab's name that no other process uses.
  static func name(_ experiment: String) -> String { "\(experiment)_\(ProcessInfo.processInfo.processIdentifier)" }

  /// A finished connection's congestion window must not be the next one's start.
  func forgetConnections(of hosts: some Sequence<Int>) async throws {
    for host in hosts { try await run(in: host, "sysctl", "-qw", "net.ipv4.tcp_no_metrics_save=1") }
  }

  /// Holds what a host sends on a device to a rate, by a token bucket (tbf); nil lifts the limit.
  /// - Parameter latency: how long a frame may wait for tokens.
  func limit(_ device: String = LabSpec.hostDevice, of host: Int, to rate: BitRate?, latency: String) async throws {
    guard let rate else {
      // It says no when there is no limit.
      _ = try await result(in: host, "tc", "qdisc", "del", "dev", device, "root")
      return
    }
    // A super-frame of 64 KiB must fit the bucket, and so must what gathers between two ticks.
    let burst = max(128 << 10, rate.bitsPerSecond / 8 / 500)
    try await run(
      in: host, "tc", "qdisc", "replace", "dev", device, "root", "tbf", "rate", "\(rate.bitsPerSecond)bit", "burst",
      "\(burst)b", "latency", latency)
  }

  /// How often TCP of a host found its segments to have arrived in another order, since the host was made.
  func reorderings(at host: Int) async throws -> Int {
    let counters = KernelCounters(try await run(in: host, "cat", "/proc/net/netstat"))
    return ["TCPSACKReorder", "TCPRenoReorder", "TCPTSReorder"].reduce(0) { $0 + (counters["TcpExt", $1] ?? 0) }
  }
}
