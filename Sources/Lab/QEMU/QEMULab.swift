import Foundation

/// Who makes the guest's tap device.
public enum GuestTap: String, Sendable, CaseIterable, Codable { case qemu, `switch` }

/// Two hosts, each with a Millrace switch of its own: an uplink to the network between them, a vNIC of the host that
/// migrations go through, and a port for the guest's tap device.
public struct QEMULab: Sendable {
  public let lab: Lab

  public static let source = 1
  public static let target = 2
  static let uplink = "up0"

  /// Makes the hosts; the kernel's bridge is the network between them.
  static func up(name: String) async throws(LabError) -> QEMULab {
    let made = QEMULab(lab: try await Lab.up(LabSpec(name: name, hosts: 2, fabric: .bridge, ipv6: false)))
    do {
      for host in [source, target] {
        // The address is the host vNIC's; an uplink has none, and neither has a guest's tap.
        try await made.lab.run(in: host, "ip", "address", "flush", "dev", LabSpec.hostDevice)
        try await made.lab.run(in: host, "sysctl", "-qw", "net.ipv6.conf.default.disable_ipv6=1")
      }
    } catch {
      await made.lab.down()
      throw error
    }
    return made
  }

  /// Starts both switches; returns when they forward. With a tap of QEMU's, its QEMU must run.
  func startSwitches(_ tap: GuestTap) async throws(LabError) {
    for host in [Self.source, Self.target] {
      if tap == .qemu { try await lab.run(in: host, "ip", "link", "set", QEMUProcess.tap, "up") }
      _ = try await lab.spawnSwitch(Self.switchName(host), in: host, configuration: configuration(host, tap))
    }
  }

  /// Bytes of frames that a host's switch gave to the network.
  public func sentBytes(from host: Int) async throws(LabError) -> UInt64 {
    let shown = try await Program.run([
      try Lab.executable(), "show", "ports", "--json", "--socket", lab.socket(ofSwitch: Self.switchName(host)),
    ])
    guard let ports = try? JSONDecoder().decode(Ports.self, from: Data(shown.utf8)).ports,
      let uplink = ports.first(where: { $0.name == Self.uplink })
    else { throw LabError("the switch of \(LabSpec.hostName(host)) does not show its ports") }
    return uplink.transmittedBytes
  }

  /// `show ports --json`, as far as it is used.
  private struct Ports: Decodable {
    struct Port: Decodable {
      var name: String
      var transmittedBytes: UInt64
    }
    var ports: [Port]
  }

  private static func switchName(_ host: Int) -> String { "switch\(host)" }

  private func configuration(_ host: Int, _ tap: GuestTap) -> String {
    """
    switch:
      workers: [0, 1]
    uplinks:
      - {name: \(Self.uplink), netdev: \(LabSpec.hostDevice)}
    ports:
      - {name: mgmt, mac: "02:00:00:77:02:0\(host)", host: {name: mgmt0, addresses: [\(lab.spec.address(of: host))/24]}}
      - {name: guest, \(tap == .qemu ? "netdev" : "tap"): \(QEMUProcess.tap)}

    """
  }
}
