import Units

/// What a configuration takes of this host's memory before traffic; free huge pages that hold the arena are not counted.
public func memoryNeed(_ config: SwitchConfig, _ facts: HostFacts) -> Bytes {
  let ofSwitch = MemoryNeed.ofSwitch(config, hugePages: facts.memory?.hugePages ?? Bytes(0))
  return Bytes(ofSwitch.count + memoryNeed(of: config.allPorts, config, facts).count)
}

/// Refuses what would not fit: a switch, or what a change adds to one that runs.
func memoryFaults(_ config: SwitchConfig, _ facts: HostFacts, running: SwitchConfig?) -> [ConfigError] {
  guard let memory = facts.memory else { return [] }
  guard let running else {
    return fault(
      "the switch", memoryNeed(config, facts), memory, at: config.place.file, config.place.line(of: "arena"),
      fix: "lower arena (\(config.arena)), fdb addresses (\(config.fdb.addresses)), the devices' queues or the number "
        + "of rules")
  }
  let before = Dictionary(uniqueKeysWithValues: running.allPorts.map { ($0.name, $0) })
  let changed = config.allPorts.filter { before[$0.name] != $0 }
  guard let first = changed.first else { return [] }
  func need(_ config: SwitchConfig, _ ports: [PortConfig]) -> UInt64 {
    MemoryNeed.ofSwitch(config, hugePages: Bytes(0)).count + memoryNeed(of: ports, config, facts).count
  }
  let (old, new) = (need(running, changed.compactMap { before[$0.name] }), need(config, changed))
  return fault(
    changed.map(\.name).joined(separator: ", "), Bytes(new - min(old, new)), memory, at: first.place.file,
    first.place.line, fix: "ask for fewer rules or fewer of the devices' queues, or make memory free")
}

private func fault(
  _ what: String, _ need: Bytes, _ memory: HostFacts.Memory, at file: String, _ line: Int, fix: String
) -> [ConfigError] {
  guard need > memory.available else { return [] }
  return [
    ConfigError(
      file: file, line: line,
      fault: "\(what) needs \(need.roundedToMiB) of memory, \(memory.available.roundedToMiB) are available", fix: fix,
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
