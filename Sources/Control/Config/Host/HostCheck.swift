/// What keeps a configuration from running on this host: each error names the line of the port at fault and exits
/// with 69, or with 77 for missing privilege. Pure: the host comes as `facts`.
///
/// - Parameter running: what the asking switch runs: devices of ports it holds already are not looked at, and what it
///   takes of memory is not counted again; nil when no switch runs yet.
public func validateAgainstHost(
  _ config: SwitchConfig, _ facts: HostFacts, running: SwitchConfig? = nil
) -> [ConfigError] {
  let held = Set(running?.allPorts.map(\.name) ?? [])
  let ports = config.allPorts.filter { !held.contains($0.name) }
  return privilegeFaults(config, facts) + kernelFaults(config, facts) + ports.flatMap { deviceFaults($0, facts) }
    + memoryFaults(config, facts, running: running)
}

private func privilegeFaults(_ config: SwitchConfig, _ facts: HostFacts) -> [ConfigError] {
  guard !facts.missingCapabilities.isEmpty else { return [] }
  return [
    ConfigError(
      file: config.place.file, line: config.place.line,
      fault: "no privilege to run a switch: \(facts.missingCapabilities.joined(separator: ", ")) missing",
      fix: "run as root (sudo)", exitCode: .noPermission)
  ]
}

/// AF_XDP takes frames longer than a chunk, and super-frames, since this kernel (XDP_USE_SG).
private let oldestKernel = (major: 6, minor: 6)

private func kernelFaults(_ config: SwitchConfig, _ facts: HostFacts) -> [ConfigError] {
  let numbers = facts.kernelRelease.split(separator: ".", maxSplits: 2).prefix(2).map {
    Int($0.prefix(while: \.isNumber))
  }
  // A release that cannot be read is let pass: the sockets will tell.
  guard numbers.count == 2, let major = numbers[0], let minor = numbers[1],
    (major, minor) < (oldestKernel.major, oldestKernel.minor)
  else { return [] }
  let oldest = "\(oldestKernel.major).\(oldestKernel.minor)"
  return [
    ConfigError(
      file: config.place.file, line: config.place.line,
      fault: "kernel \(facts.kernelRelease) is older than \(oldest), which brought multi-buffer AF_XDP",
      fix: "boot \(oldest) or newer (Debian 12: apt install -t bookworm-backports linux-image-amd64)",
      exitCode: .unavailable)
  ]
}

private func deviceFaults(_ port: PortConfig, _ facts: HostFacts) -> [ConfigError] {
  func fault(_ text: String, fix: String) -> ConfigError {
    port.fault("netdev", text, fix: fix, exitCode: .unavailable)
  }
  if port.device.isMade, !facts.canMakeTaps {
    return [fault("/dev/net/tun cannot be opened", fix: "load the driver with: modprobe tun")]
  }
  switch port.device {
  case .host(let name, _):
    guard facts.device(name) != nil else { return [] }
    return [
      fault("the device '\(name)' exists already", fix: "write another name, or remove it with: ip link del \(name)")
    ]
  case .tap(let name):
    // One is there while a VM still has it open from the last time.
    return facts.device(name).map { netdevFaults(port, name, $0, fault) } ?? []
  case .netdev(let name):
    guard let device = facts.device(name) else {
      let meant = nearestWord(to: name, among: facts.deviceNames).map { "did you mean '\($0)'?" }
      return [fault("there is no device '\(name)' in this network namespace", fix: meant ?? "see: ip link")]
    }
    guard device.name == name else {
      return [fault("'\(name)' is another name of '\(device.name)'", fix: "write netdev: \(device.name)")]
    }
    guard device.isEthernet else { return [fault("'\(name)' is not an Ethernet device", fix: "name another device")] }
    return netdevFaults(port, name, device, fault)
  }
}

private func netdevFaults(
  _ port: PortConfig, _ name: String, _ device: HostFacts.DeviceFacts, _ fault: (String, String) -> ConfigError
) -> [ConfigError] {
  var faults: [ConfigError] = []
  if let program = device.xdpProgram {
    let which = program == 0 ? "several XDP programs" : "XDP program \(program)"
    faults.append(
      fault(
        "'\(name)' is busy: \(which) is attached", "stop the program that holds it, or: ip link set \(name) xdp off"))
  }
  if port.adopt { return faults }
  let adopt = "or write adopt: true to take it from the host"
  if !device.addresses.isEmpty {
    let addresses = device.addresses.joined(separator: ", ")
    faults.append(fault("'\(name)' carries the host's address \(addresses)", "remove it, \(adopt)"))
  } else if device.carriesDefaultRoute {
    faults.append(fault("'\(name)' carries the host's default route", "move the route, \(adopt)"))
  }
  if let master = device.master {
    faults.append(fault("'\(name)' belongs to \(master)", "take it out with: ip link set \(name) nomaster, \(adopt)"))
  }
  return faults
}
