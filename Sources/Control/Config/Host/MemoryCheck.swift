import Units

/// What a configuration takes of this host's memory before traffic; free huge pages that hold the arena are not counted.
public func memoryNeed(_ config: SwitchConfig, _ facts: HostFacts) -> Bytes {
  let ofSwitch = MemoryNeed.ofSwitch(config, hugePages: facts.memory?.hugePages ?? Bytes(0))
  return Bytes(ofSwitch.count + memoryNeed(of: config.allPorts, config, facts).count)
}

/// Refuses what would not fit: a switch, or ports added to one that runs.
func memoryFaults(
  _ config: SwitchConfig, _ ports: [PortConfig], _ facts: HostFacts, isRunning: Bool
) -> [ConfigError] {
  guard let memory = facts.memory else { return [] }
  let need = isRunning ? memoryNeed(of: ports, config, facts) : memoryNeed(config, facts)
  guard need > memory.available else { return [] }
  let place = isRunning ? ports.first?.place ?? config.place : config.place
  return [
    ConfigError(
      file: place.file, line: isRunning ? place.line : place.line(of: "arena"),
      fault: "\(isRunning ? ports.map(\.name).joined(separator: ", ") : "the switch") needs \(need.roundedToMiB) of "
        + "memory, \(memory.available.roundedToMiB) are available",
      fix: "lower arena (\(config.arena)), fdb addresses (\(config.fdb.addresses)), the devices' queues or the number "
        + "of rules",
      exitCode: .unavailable)
  ]
}

private func memoryNeed(of ports: [PortConfig], _ config: SwitchConfig, _ facts: HostFacts) -> Bytes {
  Bytes(
    ports.reduce(0) { sum, port in
      let queues =
        switch port.device {
        case .netdev(let name): facts.device(name)?.receiveQueues ?? 1
        case .tap: 1
        case .host: 0
        }
      return sum + MemoryNeed.ofPort(config, rules: port.acl.count, deviceQueues: queues).count
    })
}

extension Bytes {
  /// In whole MiB, up.
  package var roundedToMiB: Bytes { Bytes((count + (1 << 20) - 1) & ~((1 << 20) - 1)) }
}
