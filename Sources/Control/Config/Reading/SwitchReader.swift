import Units
import Yams

/// Reads the document: `switch`, `uplinks`, `teams` and `ports`.
struct SwitchReader {
  let document: ConfigMapping
  var faults: ConfigFaults { document.faults }

  init?(_ root: Node, faults: ConfigFaults) {
    guard
      let document = ConfigMapping(
        root, .document, path: ConfigMapping.root, example: "switch: {workers: [0]}", faults: faults)
    else { return nil }
    self.document = document
  }

  /// nil when there is no `switch` mapping; other faults are only reported.
  func config() -> SwitchConfig? {
    let uplinks = ports("uplinks", .uplink)
    let ports = ports("ports", .vport)
    let teams = document.list("teams", example: "[\(TeamReader.example)]").compactMap {
      TeamReader($0, faults: faults)?.team()
    }
    guard document.require("switch", example: "{workers: [0]}"),
      var config = document.mapping("switch", .switch, example: "{workers: [0]}").map(settings)
    else { return nil }
    config.uplinks = uplinks
    config.ports = ports
    config.teams = teams
    return config
  }

  private func ports(_ key: String, _ role: PortConfig.Role) -> [PortConfig] {
    document.list(key, example: role == .uplink ? "[{name: up0, netdev: eth1}]" : "[{name: vm1, netdev: tap1}]")
      .compactMap { PortReader($0, role: role, faults: faults)?.port() }
  }

  private func settings(_ mapping: ConfigMapping) -> SwitchConfig {
    var config = SwitchConfig(workers: workers(mapping), place: mapping.place)
    if let polling = mapping.choice("polling", SwitchConfig.Polling.self) { config.polling = polling }
    if let scheduling = mapping.choice("scheduling", SwitchConfig.Scheduling.self) { config.scheduling = scheduling }
    config.emulatedShare = mapping.share("emulatedShare", atLeast: SwitchConfig.Limits.emulatedShare)
    if let steering = mapping.choice("steering", SwitchConfig.SteeringMode.self) { config.steering = steering }
    if let queues = mapping.integer("queues", in: SwitchConfig.Limits.queues, example: 64) { config.queues = queues }
    if let arena = arena(mapping) { config.arena = arena }
    if let flows = mapping.integer("flows", in: SwitchConfig.Limits.flows, example: 131_072) { config.flows = flows }
    let shortest = SwitchConfig.Limits.meterSaveInterval
    if let interval = mapping.time("meterSaveInterval", in: shortest..., example: "10s") {
      config.meterSaveInterval = interval
    }
    config.rebalance = rebalance(mapping)
    if let fdb = mapping.mapping("fdb", .fdb, example: "{addresses: 16384, ageing: 300s}") {
      config.fdb = self.fdb(fdb)
    }
    readBandwidth(mapping, into: &config)
    return config
  }

  private func workers(_ mapping: ConfigMapping) -> [Int] {
    let example = "[0, 1]"
    guard mapping.require("workers", example: example) else { return [] }
    var cpus: [Int] = []
    for node in mapping.list("workers", example: example) {
      let text = node.scalar?.string ?? ""
      if let cpu = ConfigMapping.integer(text) {
        cpus.append(cpu)
      } else {
        faults.add(
          node.line, "switch: workers", "'\(text)' is not a CPU's number", fix: "write e.g. workers: \(example)")
      }
    }
    return cpus
  }

  private func arena(_ mapping: ConfigMapping) -> Bytes? {
    guard let arena = mapping.bytes("arena", in: SwitchConfig.Limits.arena, example: "64MiB") else { return nil }
    guard arena.count % SwitchConfig.Limits.arenaMultiple.count == 0 else {
      mapping.refuse(
        "arena", "\(arena) is not a multiple of \(SwitchConfig.Limits.arenaMultiple)", fix: "write e.g. arena: 64MiB")
      return nil
    }
    return arena
  }

  private func fdb(_ mapping: ConfigMapping) -> FDBConfig {
    var fdb = FDBConfig(place: mapping.place)
    if let addresses = mapping.integer("addresses", in: FDBConfig.Limits.addresses, example: 16384) {
      fdb.addresses = addresses
    }
    if let ageing = mapping.time("ageing", in: FDBConfig.Limits.ageing, example: "300s") { fdb.ageing = ageing }
    let example = "{mac: 02:00:00:00:01:01, vlan: 10, port: vm1}"
    fdb.statics = mapping.list("static", example: "[\(example)]").compactMap { node in
      guard
        let entry = ConfigMapping(
          node, .staticAddress, path: "\(mapping.path): static", example: example, faults: faults)
      else { return nil }
      let mac = entry.require("mac", example: "02:00:00:00:01:01") ? entry.unicastMAC("mac") : nil
      let port = entry.require("port", example: "vm1") ? entry.text("port", example: "vm1") : nil
      let vlan = entry.vlan("vlan") ?? 0
      guard let mac, let port else { return nil }
      return FDBConfig.StaticAddress(mac: mac, vlan: vlan, port: port, place: entry.place)
    }
    return fdb
  }
}
