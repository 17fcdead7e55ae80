import Units

/// What the parts of a configuration must be to each other. Pure: the host's CPUs come as a parameter.
extension SwitchConfig {
  /// Everything that is wrong, however the configuration came to be.
  public func faults(cpuExists: (Int) -> Bool) -> [ConfigError] {
    workerFaults(cpuExists) + faultsAmongPorts() + staticAddressFaults()
  }

  private func workerFaults(_ cpuExists: (Int) -> Bool) -> [ConfigError] {
    let (file, line) = (place.file, place.line(of: "workers"))
    func fault(_ text: String, _ fix: String) -> ConfigError {
      ConfigError(file: file, line: line, fault: "switch: workers: \(text)", fix: fix)
    }
    if workers.isEmpty { return [fault("the list is empty", "write the CPU of each worker, e.g. workers: [0, 1]")] }
    var faults: [ConfigError] = []
    if workers.count > Limits.workers {
      faults.append(fault("\(workers.count) workers are too many", "write at most \(Limits.workers)"))
    }
    var seen: Set<Int> = []
    for cpu in workers where seen.insert(cpu).inserted && !cpuExists(cpu) {
      faults.append(
        fault(
          "CPU \(cpu) does not exist on this host, or this process may not use it",
          "write CPUs of \(HostCPUs.list(cpuExists))"))
    }
    return faults
  }

  /// The faults that a port can bring: what `port add` and `port set` must check.
  func faultsAmongPorts() -> [ConfigError] {
    var faults: [ConfigError] = []
    let all = allPorts
    if all.count > Limits.ports {
      let last = all[Limits.ports]
      faults.append(
        last.fault(nil, "ports and uplinks are \(all.count)", fix: "a switch has at most \(Limits.ports)"))
    }
    faults += Self.duplicates(all, key: "name", value: \.name) { ("the name '\($0)'", "write another name") }
    faults += Self.duplicates(all, key: "netdev", value: \.device.name) {
      ("the device '\($0)'", "a device can be one port only")
    }
    faults += Self.duplicates(all, key: "mac", value: \.mac) { ("the address \($0)", "write another address") }
    faults += addressFaults(all)
    for port in all { faults += vrssFaults(port) }
    return faults
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

  private func staticAddressFaults() -> [ConfigError] {
    struct Key: Hashable { var mac: MACAddress, vlan: UInt16 }
    var seen: [Key: Int] = [:]
    let owners = Dictionary(
      allPorts.compactMap { port in port.mac.map { ($0, port.name) } }, uniquingKeysWith: { a, _ in a })
    let names = allPorts.map(\.name)
    return fdb.statics.compactMap { entry in
      func fault(_ key: String, _ text: String, _ fix: String) -> ConfigError {
        ConfigError(
          file: entry.place.file, line: entry.place.line(of: key), fault: "switch: fdb: static: \(text)", fix: fix)
      }
      if let line = seen.updateValue(entry.place.line, forKey: Key(mac: entry.mac, vlan: entry.vlan)) {
        return fault("mac", "the address \(entry.mac) in this VLAN is given at line \(line) too", "remove one")
      }
      guard let port = port(named: entry.port) else {
        let meant = nearestWord(to: entry.port, among: names).map { "did you mean '\($0)'?" }
        return fault("port", "there is no port '\(entry.port)'", meant ?? "write the name of a port or uplink")
      }
      guard port.vlan.carries(entry.vlan) else {
        let network = entry.vlan == 0 ? "untagged frames" : "VLAN \(entry.vlan)"
        return fault("vlan", "port \(port.name) does not carry \(network)", "write a VLAN that it carries")
      }
      if let owner = owners[entry.mac], owner != port.name {
        return fault(
          "mac", "the address \(entry.mac) is that of port \(owner)", "write port: \(owner), or remove the entry")
      }
      return nil
    }
  }
}

extension PortConfig {
  /// A fault of one of the port's keys, or of the port itself.
  func fault(
    _ key: String?, _ text: String, fix: String, exitCode: ControlError.ExitCode = .configuration
  ) -> ConfigError {
    ConfigError(
      file: place.file, line: key.map(place.line) ?? place.line, fault: "\(role.rawValue) \(name): \(text)", fix: fix,
      exitCode: exitCode)
  }

  /// This port as another port's message names it.
  func described(_ key: String, asSeenFrom other: PortConfig) -> String {
    let line = place.line(of: key)
    return place.file == other.place.file ? "\(role.rawValue) \(name) at line \(line)" : "\(role.rawValue) \(name)"
  }
}
