import Control
import Foundation
import Lab
import Testing

extension SwitchTests {
  /// Fifty meters a port, held against what the kernel counted for each address at the receivers.
  @Suite struct MeterExactness {
    /// Devices of a host with an address each: macvlans, so that the kernel counts for each by itself.
    private static let devices = 1...25

    private static func address(_ host: Int, _ device: Int) -> String { "10.78.\(host).\(device)" }
    private static func mac(_ host: Int, _ device: Int) -> String {
      String(format: "02:00:00:78:%02x:%02x", host, device)
    }

    /// Each port meters what its device is sent, by its own addresses, and what it sends, by the other host's.
    private static func lab() -> LabSpec {
      var rules: [Int: [String]] = [:]
      for (host, other) in [(1, 2), (2, 1)] {
        rules[host] = devices.flatMap { device in
          [
            "{action: meter, direction: in, local: \(address(host, device))}",
            "{action: meter, direction: out, remote: \(address(other, device))}",
          ]
        }
      }
      // Half of the addresses are known to the switch; frames to the others are flooded.
      let known = [1, 2].flatMap { host in
        devices.filter { $0 % 2 == 0 }.map { "{mac: \(mac(host, $0)), port: h\(host)}" }
      }
      var spec = ruleLab("exact", workers: "[0, 1, 0, 1]", rules: rules, keys: Meters.plain)
      spec.switchLines.append("fdb: {static: [\(known.joined(separator: ", "))]}")
      return spec
    }

    private static func prepare(_ lab: Lab) async throws {
      for (host, other) in [(1, 2), (2, 1)] {
        let commands = devices.map { device in
          """
          ip link add m\(device) link eth0 address \(mac(host, device)) type macvlan mode bridge
          ip address add \(address(host, device))/32 dev m\(device)
          ip link set m\(device) up
          ip neighbour add \(address(other, device)) lladdr \(mac(other, device)) dev eth0
          """
        }
        let script = """
          set -e
          for file in /proc/sys/net/ipv4/conf/*/rp_filter; do echo 0 > $file; done
          for file in /proc/sys/net/ipv6/conf/*/disable_ipv6; do echo 1 > $file; done
          ethtool -K eth0 gro off
          \(commands.joined(separator: "\n"))
          ip route add 10.78.\(other).0/24 dev eth0
          """
        try await lab.run(in: host, "sh", "-c", script)
      }
    }

    /// Of eth0, then of each address's device.
    private static func counts(_ lab: Lab, _ host: Int) async throws -> [DeviceCount] {
      try await lab.counts(of: host, devices: [LabSpec.hostDevice] + devices.map { "m\($0)" })
    }

    /// TCP, pings and bursts of UDP, both ways at once.
    private static func traffic(_ lab: Lab) async throws {
      let program = try BuiltProgram.path("traffic")
      let servers = try [1, 2].map { try lab.spawn(in: $0, ["iperf3", "-s"]) }
      defer { for server in servers { server.signal(SIGKILL) } }
      for host in [1, 2] { try await lab.waitUntilSomebodyListens(in: host, port: 5201) }
      try await withThrowingTaskGroup(of: Void.self) { tasks in
        for (host, other) in [(1, 2), (2, 1)] {
          tasks.addTask {
            for device in [2, 3] {
              _ = try await lab.result(
                in: host, "iperf3", "-c", address(other, device), "-t", isAcceptance ? "10" : "1", "-b", "400M")
            }
          }
          tasks.addTask {
            for device in devices {
              try await lab.run(
                in: host, program, "flood", "--interface", "eth0", "--destination", mac(other, device),
                "--destination-address", address(other, device), "--source-address", lab.spec.address(of: host),
                "--size", device % 3 == 0 ? "1514" : "64", "--seconds", "0.02")
              _ = try await lab.pings(from: host, to: address(other, device), size: 40 * device, count: 2)
            }
          }
        }
        try await tasks.waitForAll()
      }
    }

    @Test func everyMeterIsWhatTheReceiversDeviceCounted() async throws {
      let spec = Self.lab()
      try await withLab(spec) { lab in
        try await Self.prepare(lab)
        let before = [try await Self.counts(lab, 1)[0], try await Self.counts(lab, 2)[0]]
        let start = try await lab.report().totals ?? []
        let (_, changes) = try await RuleChanges.during(lab) { try await Self.traffic(lab) }
        #expect(changes >= 100)
        try await Meters.settles(lab)
        let report = try await lab.report()
        let ports = try await lab.ports()
        for (host, other) in [(1, 2), (2, 1)] {
          let counted = try await Self.counts(lab, host)
          let refused = ports["h\(host)"]?.drops["device"] ?? 0
          // All that the port was sent: frame by frame.
          func total(_ totals: [MetersAnswer.Total]?) -> MetersAnswer.Total? {
            totals?.first { $0.port == "h\(host)" && $0.direction == "in" }
          }
          let sent = (total(report.totals)?.frames ?? 0) - (total(start)?.frames ?? 0)
          let lost = counted[0].dropped - before[host - 1].dropped
          #expect(sent == counted[0].frames - before[host - 1].frames + lost + refused)
          // And for each address.
          var behind: Int64 = 0
          for device in Self.devices {
            let meter = try #require(
              report.meters.first { $0.port == "h\(host)" && $0.local == "\(Self.address(host, device))/32" })
            let kernel = counted[device]
            #expect(meter.frames > 0 && kernel.frames > 0)
            if meter.frames == kernel.frames {
              #expect(meter.bytes == kernel.bytes)
            } else {
              let missed = Int64(meter.frames) - Int64(kernel.frames + kernel.dropped)
              #expect(missed >= 0)
              behind += missed
            }
          }
          #expect(behind <= Int64(lost + refused))
          // What one sends is what the other is sent, but for what its queue had no room for.
          let missing = Self.devices.reduce(Int64(0)) { sum, device in
            let address = "\(Self.address(other, device))/32"
            let out = report.meters.first { $0.port == "h\(host)" && $0.remote == address }?.frames ?? 0
            let arrived = report.meters.first { $0.port == "h\(other)" && $0.local == address }?.frames ?? 0
            return sum + Int64(out) - Int64(arrived)
          }
          #expect(missing <= Int64(ports["h\(other)"]?.drops["queueFull"] ?? 0))
        }
      }
    }
  }
}
