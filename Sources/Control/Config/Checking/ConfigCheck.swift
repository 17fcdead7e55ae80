import Units

/// What the parts of a configuration must be to each other. Pure: the host's CPUs come as a parameter.
extension SwitchConfig {
  /// Everything that is wrong, however the configuration came to be.
  public func faults(cpuExists: (Int) -> Bool) -> [ConfigError] {
    workerFaults(cpuExists) + faultsAmongPorts() + staticAddressFaults() + mirrorFaults()
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
