import Dataplane
import Logging
import Units

/// Changes of a running switch that the control socket asks for. Each is checked in full before anything is touched.
extension Switch {
  public func addPort(yaml: String) async throws {
    let read: () throws(ControlError) -> PortConfig = { () throws(ControlError) in
      try self.validated { () throws(ConfigErrors) in try self.config.newPort(yaml: yaml) }
    }
    // Opening takes a moment in which others may change the switch: the port is judged again.
    if meterStore == nil { try await openMeterStore(for: read().acl) }
    let port = try read()
    let runtime = newRuntime(for: port)
    do { try await open(runtime) } catch {
      runtimes.removeAll { $0 === runtime }
      runtime.deallocate()
      throw error
    }
    _ = takeRules(runtime)
    config.ports.append(port)
    applyFrameBudget()
    followTeamPorts()
    await planQueues()
    publish()
    connect(runtime)
    log.notice("\(port.name): added")
  }

  public func removePort(name: String) async throws {
    let runtime = try port(named: name)
    if let team = config.team(of: name) {
      throw ControlError.configuration(
        "port \(name): it is a member of team \(team.name); take it out of the configuration's teams and start anew")
    }
    withdraw(runtime)
    if case .tap(let tap) = runtime.config.device {
      journal.undo(log: log) { $0.netdev == tap && $0.setting.isAbsent }
    }
    runtimes.removeAll { $0 === runtime }
    config.ports.removeAll { $0.name == name }
    config.uplinks.removeAll { $0.name == name }
    let retired = takeAllRules(from: runtime)
    publish()
    retire(retired)
    followTeamPorts()
    runtime.deallocate()
    await planQueues()
    log.notice("\(name): removed")
  }

  public func setPort(name: String, yaml: String) async throws {
    let read: () throws(ControlError) -> PortConfig = { () throws(ControlError) in
      try self.validated { () throws(ConfigErrors) in try self.config.changedPort(name, yaml: yaml) }
    }
    if meterStore == nil { try await openMeterStore(for: read().acl) }
    let runtime = try port(named: name)
    let changed = try read()
    let mustReopen =
      changed.device != runtime.config.device || changed.ingress != runtime.config.ingress
      || changed.mtu != runtime.config.mtu
    if mustReopen { withdraw(runtime) }
    let oldRate = runtime.linkRate
    runtime.configure(changed, emulated: config.emulatedShare != nil)
    config.replace(changed)
    if mustReopen { try await open(runtime) }
    applyFrameBudget()
    let retired = takeRules(runtime)
    publish()
    retire(retired)
    followTeamPorts()
    oldRate.deallocate()
    if mustReopen { connect(runtime) }
    await planQueues()
    log.notice("\(name): changed")
  }

  public func flushFDB(port name: String?, vlan: UInt16?) async throws -> Int {
    let id = try name.map { name in try teamRuntimes.first { $0.name == name }?.id ?? port(named: name).id }
    let before = learned.entryCount
    learned.remove { !$0.isStatic && (id == nil || $0.port == id) && (vlan == nil || $0.vlan == vlan) }
    return max(0, before - learned.entryCount)
  }

  func port(named name: String) throws(ControlError) -> PortRuntime {
    guard let port = runtimes.first(where: { $0.name == name }) else { throw ControlError.noSuchPort(name) }
    return port
  }

  /// A port's new configuration, checked against the others and against the host.
  private func validated(_ read: () throws(ConfigErrors) -> PortConfig) throws(ControlError) -> PortConfig {
    do throws(ConfigErrors) {
      let port = try read()
      var wanted = config
      wanted.uplinks = []
      wanted.ports = [port]
      let faults = validateAgainstHost(wanted, HostFacts.current(), running: Set(runtimes.map(\.name)))
      if !faults.isEmpty { throw ConfigErrors(faults) }
      return port
    } catch { throw error.controlError }
  }

  func addStaticAddresses() {
    for address in config.fdb.statics {
      let port = runtimes.first { $0.name == address.port }?.id ?? teamRuntimes.first { $0.name == address.port }?.id
      if let port { learned.insertStatic(address.mac, vlan: address.vlan, port: port) }
    }
  }
}
