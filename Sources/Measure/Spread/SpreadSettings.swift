import Units

/// What is fixed for all cases before the first one runs.
struct SpreadSettings: Sendable {
  /// The share of a CPU each emulated worker is held to.
  var share: Share
  /// Emulated cores.
  var workers = 8
  /// CPUs of this machine that the workers are spread over.
  var cpus: Int
  var mtu = 1500
  /// XDP in the driver: every frame is handled on its own, as by a NIC's driver.
  var ingress = "native"
  /// How long a case should last at the link's rate.
  var seconds: Double

  /// Eight workers at this share leave most of two CPUs to the hosts at both ends.
  static let usualShare = Share(fraction: 0.05)

  /// Memory of all VMs together for a case at a rate.
  func memory(at rate: BitRate) -> Bytes { Bytes(UInt64(Double(rate.bitsPerSecond) / 8 * seconds)) }

  /// Memory of one VM: its part of all, in whole MiB.
  func memory(at rate: BitRate, migrations: Int) -> Bytes {
    Bytes(max(1, (memory(at: rate).count / UInt64(migrations)) >> 20) << 20)
  }

  /// CPU of each worker of a case.
  func workerCPUs(emulated: Bool) -> [Int] {
    emulated ? (0..<workers).map { $0 % cpus } : Array(0..<min(cpus, workers))
  }
}
