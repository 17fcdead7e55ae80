import Dataplane
import Logging
import Units

/// Changes of a running switch that the control socket asks for. Each is checked in full before anything is touched.
extension Switch {
  public func addPort(yaml: String) async throws {
    let port = try await checked(HostFacts.current) { (config) throws(ConfigErrors) in
      let port = try config.newPort(yaml: yaml)
      config.ports.append(port)
      return port
    }
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
      journal.undo(log: log) { $0.netdev == tap && $0.setting.kind == .absent }
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
    _ = try port(named: name)
    let changed = try await checked(HostFacts.current) { (config) throws(ConfigErrors) in
      let port = try config.changedPort(name, yaml: yaml)
      config.replace(port)
      return port
    }
    let runtime = try port(named: name)
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

  /// What a request asks for, checked against the configuration there is and against the host; from then on there is a
  /// place for what its meters count.
  ///
  /// - Parameter read: makes the change in the configuration it is given.
  func checked<Change>(
    _ facts: () -> HostFacts, _ read: (inout SwitchConfig) throws(ConfigErrors) -> Change
  ) async throws -> Change {
    while true {
      var wanted = config
      let change: Change
      do throws(ConfigErrors) {
        change = try read(&wanted)
        let faults = validateAgainstHost(wanted, facts(), running: config)
        if !faults.isEmpty { throw ConfigErrors(faults) }
      } catch { throw error.controlError }
      if meterStore != nil || !wanted.isMetered { return change }
      // That takes a moment in which others may change the switch: the request is read again.
      try await openMeterStore()
    }
  }

  func addStaticAddresses() {
    for address in config.fdb.statics {
      let port = runtimes.first { $0.name == address.port }?.id ?? teamRuntimes.first { $0.name == address.port }?.id
      if let port { learned.insertStatic(address.mac, vlan: address.vlan, port: port) }
    }
  }
}
