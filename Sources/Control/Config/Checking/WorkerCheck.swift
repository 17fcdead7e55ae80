import Units

/// Workers and the CPUs they run on.
extension SwitchConfig {
  func workerFaults(_ cpuExists: (Int) -> Bool) -> [ConfigError] {
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
    return faults + shareFaults() + schedulingFaults()
  }

  /// Who never sleeps and goes before all others leaves them nothing.
  private func schedulingFaults() -> [ConfigError] {
    guard scheduling == .realtime, polling == .busy else { return [] }
    return [
      ConfigError(
        file: place.file, line: place.line(of: "scheduling"),
        fault: "switch: scheduling: realtime workers with polling: busy leave their CPUs to nobody else",
        fix: "write polling: interrupt, or scheduling: fair")
    ]
  }

  /// Emulated cores that ask for more than their CPU has would not get what the reports say they got.
  private func shareFaults() -> [ConfigError] {
    guard let emulatedShare else { return [] }
    let counts = Dictionary(workers.map { ($0, 1) }, uniquingKeysWith: +)
    return counts.sorted { $0.key < $1.key }.compactMap { cpu, count in
      let sum = emulatedShare.fraction * Double(count)
      guard sum > 1.000_001 else { return nil }
      let most = Share(fraction: (1000 / Double(count)).rounded(.down) / 1000)
      return ConfigError(
        file: place.file, line: place.line(of: "emulatedShare"),
        fault: "switch: emulatedShare: \(count) workers of \(emulatedShare) need \(Share(fraction: sum)) of CPU \(cpu)",
        fix: "write at most \(most), or spread the workers over more CPUs")
    }
  }
}
