import Units

/// Ports and uplinks beside each other.
extension SwitchConfig {
  /// The faults that a port can bring: what `port add` and `port set` must check.
  func faultsAmongPorts() -> [ConfigError] {
    var faults: [ConfigError] = []
    let all = allPorts
    if all.count + teams.count > Limits.ports, let last = all.last {
      faults.append(
        last.fault(
          nil, "ports, uplinks and teams are \(all.count + teams.count)", fix: "a switch has at most \(Limits.ports)"))
    }
    faults += Self.duplicates(all, key: "name", value: \.name) { ("the name '\($0)'", "write another name") }
    faults += Self.duplicates(all, key: "netdev", value: \.device.name) {
      ("the device '\($0)'", "a device can be one port only")
    }
    faults += Self.duplicates(all, key: "mac", value: \.mac) { ("the address \($0)", "write another address") }
    faults += addressFaults(all)
    for port in all { faults += vrssFaults(port) + ingressFaults(port) + port.ruleFaults() }
    return faults + ruleCountFaults() + teamFaults() + bandwidthFaults()
  }

  /// One fault for each port that repeats an earlier one's value.
  private static func duplicates<Value: Hashable>(
    _ ports: [PortConfig], key: String, value: (PortConfig) -> Value?, words: (Value) -> (what: String, fix: String)
  ) -> [ConfigError] {
    var first: [Value: PortConfig] = [:]
    return ports.compactMap { port in
      guard let value = value(port) else { return nil }
      guard let earlier = first.updateValue(port, forKey: value) else { return nil }
      first[value] = earlier
      let (what, fix) = words(value)
      return port.fault(key, "\(what) is taken by \(earlier.described(key, asSeenFrom: port))", fix: fix)
    }
  }

  private func addressFaults(_ ports: [PortConfig]) -> [ConfigError] {
    var owners: [[UInt8]: PortConfig] = [:]
    var faults: [ConfigError] = []
    for port in ports {
      guard case .host(_, let addresses) = port.device else { continue }
      if let mtu = port.mtu, mtu < PortConfig.Limits.leastMTUOfIPv6, let address = addresses.first(where: \.isIPv6) {
        faults.append(
          port.fault(
            port.place.keys["mtu"] == nil ? "host" : "mtu", "with an MTU of \(mtu) the kernel takes \(address) away",
            fix: "write \(PortConfig.Limits.leastMTUOfIPv6) or more, which IPv6 needs"))
      }
      for address in addresses {
        if let owner = owners[address.bytes] {
          let place = owner.described("host", asSeenFrom: port)
          faults.append(port.fault("host", "the address \(address) is taken by \(place)", fix: "write another address"))
        } else {
          owners[address.bytes] = port
        }
      }
    }
    return faults
  }

  /// Generic XDP does not see the tag that the kernel keeps beside a frame: a tagged frame would enter as untagged. A tap
  /// that the switch makes has none there.
  private func ingressFaults(_ port: PortConfig) -> [ConfigError] {
    guard port.ingress == .super, case .netdev = port.device, case .trunk = port.vlan else { return [] }
    return [
      port.fault(
        "ingress", "super cannot tell the VLAN of a trunk's frames: their tags are beside the frames, unseen",
        fix: "write ingress: auto or native, or vlan: {access: N}")
    ]
  }

  private func vrssFaults(_ port: PortConfig) -> [ConfigError] {
    guard let vrss = port.vrss else { return [] }
    if let maximum = vrss.maximumWorkers, maximum > workers.count {
      return [
        port.fault(
          "vrss", "maximumWorkers: \(maximum) is more than the switch's \(workers.count) workers",
          fix: "write at most \(workers.count), or leave it out")
      ]
    }
    if vrss.excludeHome, (vrss.maximumWorkers ?? workers.count) < 2 {
      return [
        port.fault(
          "vrss", "excludeHome: true leaves no worker",
          fix: "give the queue two workers or more, or write excludeHome: false")
      ]
    }
    return []
  }
}
