import Dataplane
import Logging
import Units

/// Changes of a running switch that the control socket asks for, one after another. Each is checked in full before
/// anything is touched; what the host then refuses is taken back.
extension Switch {
  public func addPort(yaml: String) async throws {
    try await exclusively {
      let port = try await checked(HostFacts.current) { (config) throws(ConfigErrors) in
        let port = try config.newPort(yaml: yaml)
        config.ports.append(port)
        return port
      }
      let runtime = newRuntime(for: port)
      do { try await open(runtime) } catch {
        runtimes.removeAll { $0 === runtime }
        runtime.deallocate()
        restoreDevice(of: port)
        throw error
      }
      _ = takeRules(runtime)
      config.ports.append(port)
      applyFrameBudget()
      followTeamPorts()
      addStaticAddresses()
      await planQueues()
      publish()
      connect(runtime)
      log.notice("\(port.name): added")
    }
  }

  public func removePort(name: String) async throws {
    try await exclusively {
      let runtime = try port(named: name)
      if let team = config.team(of: name) {
        throw ControlError.configuration(
          "port \(name): it is a member of team \(team.name); take it out of the configuration's teams and start anew")
      }
      do throws(ConfigErrors) { try config.removePort(name) } catch { throw error.controlError }
      withdraw(runtime)
      restoreDevice(of: runtime.config)
      runtimes.removeAll { $0 === runtime }
      let retired = takeAllRules(from: runtime)
      publish()
      retire(retired)
      followTeamPorts()
      learned.remove { $0.port == runtime.id }
      retiredFigures = retiredFigures.filter { $0.key.port != Int(runtime.id.index) }
      runtime.deallocate()
      await planQueues()
      log.notice("\(name): removed")
    }
  }

  public func setPort(name: String, yaml: String) async throws {
    try await exclusively {
      _ = try port(named: name)
      let changed = try await checked(HostFacts.current) { (config) throws(ConfigErrors) in
        let port = try config.changedPort(name, yaml: yaml)
        config.replace(port)
        return port
      }
      let runtime = try port(named: name)
      try checkRuleCells(runtime, changed.acl)
      try await setUp(runtime, as: changed)
      let oldRate = runtime.linkRate
      runtime.configure(changed, emulated: config.emulatedShare != nil)
      config.replace(changed)
      let retired = takeRules(runtime)
      publish()
      retire(retired)
      followTeamPorts()
      oldRate.deallocate()
      await planQueues()
      log.notice("\(name): changed")
    }
  }

  /// Lets one change follow another, and all follow the start, also where it waits: for a database, for `ip`, for moves
  /// to settle. Throws `ControlError` when the switch stops first.
  func exclusively<R>(_ change: () async throws -> R) async throws -> R {
    while (isChanging || !hasStarted) && !isStopping { try await Task.sleep(for: .milliseconds(1)) }
    if isStopping { throw ControlError.unavailable("the switch is stopping") }
    isChanging = true
    defer { isChanging = false }
    return try await change()
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
