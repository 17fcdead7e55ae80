import Units
import Yams

/// Reads one element of `ports:` or `uplinks:`.
struct PortReader {
  let mapping: ConfigMapping
  let role: PortConfig.Role
  let hostMapping: ConfigMapping?

  init?(_ node: Node, role: PortConfig.Role, faults: ConfigFaults) {
    let example = role == .uplink ? "{name: up0, netdev: eth1}" : "{name: vm1, netdev: tap1}"
    let keys = role == .uplink ? ConfigKeys.uplink : ConfigKeys.port
    guard let mapping = ConfigMapping(node, keys, path: role.rawValue, example: example, faults: faults)
    else { return nil }
    self.mapping = mapping
    self.role = role
    hostMapping = mapping.mapping("host", .host, example: "{name: mgmt0, addresses: [10.0.0.1/24]}")
  }

  /// A whole port: name and device are required. nil when one of them is wrong; other faults are only reported.
  func port() -> PortConfig? {
    let name = mapping.portName(role == .uplink ? "up0" : "vm1")
    let device = device()
    guard let name, let device else {
      // Read on, so that all faults of the port are told.
      _ = settings(over: PortConfig(name: "", role: role, device: .netdev("")))
      return nil
    }
    return settings(over: PortConfig(name: name, role: role, device: device))
  }

  /// A running port with other settings; `null` restores a setting's default. What a port is cannot be changed: it is
  /// removed and added again.
  func changed(_ base: PortConfig) -> PortConfig {
    for key in ["name"] + Self.devices where mapping.has(key) || mapping.isNull(key) {
      mapping.refuse(key, "cannot be changed on a port", fix: "remove the port and add it anew")
    }
    if case .host = base.device { refuseNetdevKeys() }
    return settings(over: base)
  }

  private func refuseNetdevKeys() {
    for key in ["ingress", "adopt"] where mapping.has(key) {
      mapping.refuse(key, "is for netdev ports: a host port's device is the switch's own", fix: "remove it")
    }
  }

  private func device() -> PortConfig.Device? {
    let written = Self.devices.filter(mapping.has)
    if written.count > 1 {
      mapping.refuse(written[1], "a port has \(written[0]) or \(written[1]), not both", fix: "remove one")
      return nil
    }
    switch written.first {
    case "netdev": return mapping.deviceName("netdev", example: "eth1").map { .netdev($0) }
    case "tap": return mapping.deviceName("tap", example: "tap1", isNew: true).map { .tap($0) }
    case "host": return host()
    default:
      if Self.devices.contains(where: mapping.isMisspelt) { return nil }
      mapping.refuse(
        "it has no device",
        fix: role == .uplink
          ? "write netdev: DEVICE"
          : "write netdev: DEVICE, tap: DEVICE for one that the switch makes for a VM, or host: {name: DEVICE, "
            + "addresses: [...]}")
      return nil
    }
  }

  /// Keys that say what device a port has.
  private static let devices = ["netdev", "tap", "host"]

  private func host() -> PortConfig.Device? {
    guard let host = hostMapping else { return nil }
    refuseNetdevKeys()
    var addresses: [InterfaceAddress] = []
    for node in host.list("addresses", example: "[10.0.0.1/24]") {
      do throws(InterfaceAddress.Fault) {
        addresses.append(try InterfaceAddress(parsing: node.scalar?.string ?? ""))
      } catch {
        host.faults.add(node.line, "\(host.path): addresses", error.fault, fix: error.fix)
      }
    }
    guard host.require("name", example: "mgmt0"), let name = host.deviceName("name", example: "mgmt0", isNew: true)
    else { return nil }
    return .host(name: name, addresses: addresses)
  }
}
