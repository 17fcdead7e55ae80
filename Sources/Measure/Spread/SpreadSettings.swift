import Units

/// What is fixed for all cases before the first one runs.
struct SpreadSettings: Sendable {
  /// The share of a CPU each emulated worker is held to.
  var share: Share
  /// Emulated cores.
  var workers = 8
  var cpus: CPUSplit
  var mtu: Int
  /// XDP in the driver: every frame is handled on its own, as by a NIC's driver.
  var ingress = "native"
  /// How long a case should last at the link's rate.
  var seconds: Double

  static let usualMTU = 1500

  /// Eight workers at this share take a quarter of one CPU, and leave the hosts able to fill the link.
  static let usualShare = Share(fraction: 0.03)

  /// Memory of all VMs together for a case at a rate.
  func memory(at rate: BitRate) -> Bytes { Bytes(UInt64(Double(rate.bitsPerSecond) / 8 * seconds)) }

  /// Memory of one VM: its part of all.
  func memory(at rate: BitRate, migrations: Int) -> Bytes {
    LabMigrations.memory(of: migrations, lasting: seconds, at: rate)
  }

  /// CPU of each worker of a case.
  func workerCPUs(emulated: Bool) -> [Int] {
    emulated ? cpus.workers(workers) : Array(0..<min(cpus.count, workers))
  }
}

extension SpreadSettings {
  /// As asked, or as usual.
  init(_ options: ExperimentOptions) {
    self.init(
      share: options.emulatedShare ?? Self.usualShare, cpus: CPUSplit(count: options.machine.cores),
      mtu: options.mtu ?? Self.usualMTU, seconds: options.quick ? 2 : 4)
  }
}
