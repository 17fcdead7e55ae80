/// From YAML to a configuration, validated in full; nothing of the host is looked at but its CPUs.
extension SwitchConfig {
  /// Reads and validates a file. Throws everything that is wrong with it.
  ///
  /// - Parameter cpuExists: whether a worker could run on a CPU of this host.
  public static func load(
    path: String, cpuExists: (Int) -> Bool = HostCPUs.exists
  ) throws(ConfigErrors) -> SwitchConfig {
    try read(yaml: ConfigDocument.text(of: path), file: path, cpuExists: cpuExists)
  }

  /// The same for a text; `file` is what messages call it.
  public static func read(
    yaml: String, file: String, cpuExists: (Int) -> Bool = HostCPUs.exists
  ) throws(ConfigErrors) -> SwitchConfig {
    let faults = ConfigFaults(file: file)
    let config = SwitchReader(try ConfigDocument.root(of: yaml, file: file), faults: faults)?.config()
    try faults.check()
    guard let config else { preconditionFailure("a configuration that cannot be read has a fault") }
    let errors = config.faults(cpuExists: cpuExists)
    if !errors.isEmpty { throw ConfigErrors(errors) }
    return config
  }
}

/// One port, as the control API gives it: a mapping with the keys of an element of `ports:`.
extension SwitchConfig {
  /// What messages call a text that came with a request.
  public static let argument = "<argument>"

  /// Reads a port and validates it beside those there are. `self` stays as it is.
  public func newPort(yaml: String) throws(ConfigErrors) -> PortConfig {
    let faults = ConfigFaults(file: Self.argument)
    let root = try ConfigDocument.root(of: yaml, file: Self.argument)
    let port = PortReader(root, role: .vport, faults: faults)?.port()
    try faults.check()
    guard let port else { preconditionFailure("a port that cannot be read has a fault") }
    var config = self
    config.ports.append(port)
    try config.checkPorts()
    try config.checkStaticAddresses(of: port.name)
    return port
  }

  /// The port of this name with other settings: `yaml` names those that change. Name and device stay.
  public func changedPort(_ name: String, yaml: String) throws(ConfigErrors) -> PortConfig {
    guard let base = port(named: name) else {
      let fault = ConfigError(
        file: Self.argument, line: 1, fault: "there is no port '\(name)'", fix: "see millrace show ports",
        exitCode: .unavailable)
      throw ConfigErrors([fault])
    }
    let faults = ConfigFaults(file: Self.argument)
    let root = try ConfigDocument.root(of: yaml, file: Self.argument)
    let port = PortReader(root, role: base.role, faults: faults)?.changed(base)
    try faults.check()
    guard let port else { preconditionFailure("settings that cannot be read have a fault") }
    // Last of its kind, so that it is the one that repeats another's value.
    var config = self
    if port.role == .uplink {
      config.uplinks.removeAll { $0.name == name }
      config.uplinks.append(port)
    } else {
      config.ports.removeAll { $0.name == name }
      config.ports.append(port)
    }
    try config.checkPorts()
    try config.checkStaticAddresses(of: name)
    return port
  }

  /// Takes a port out. Throws, and nothing changes, when the others need it.
  public mutating func removePort(_ name: String) throws(ConfigErrors) {
    var config = self
    config.ports.removeAll { $0.name == name }
    config.uplinks.removeAll { $0.name == name }
    try config.checkPorts()
    self = config
  }

  /// Puts a port in the place of the one with its name.
  public mutating func replace(_ port: PortConfig) {
    if let i = uplinks.firstIndex(where: { $0.name == port.name }) { uplinks[i] = port }
    if let i = ports.firstIndex(where: { $0.name == port.name }) { ports[i] = port }
  }

  /// Others may name ports that were removed since.
  private func checkStaticAddresses(of name: String) throws(ConfigErrors) {
    var config = self
    config.fdb.statics.removeAll { $0.port != name }
    let errors = config.staticAddressFaults()
    if !errors.isEmpty { throw ConfigErrors(errors) }
  }

  private func checkPorts() throws(ConfigErrors) {
    let errors = faultsAmongPorts()
    if !errors.isEmpty { throw ConfigErrors(errors) }
  }
}
