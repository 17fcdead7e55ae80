import Glibc
import Units

/// Measures what migrations cost, by short ones to a target, without limits.
public struct Calibration {
  private let target: Endpoint
  private let security: StreamSecurity
  private let progress: (String) -> Void

  /// - Parameter target: one that takes VMs in; see `loopback`.
  public init(to target: Endpoint, security: StreamSecurity, progress: @escaping (String) -> Void = { _ in }) {
    self.target = target
    self.security = security
    self.progress = progress
  }

  /// The same to a target in this process. What two hosts would do, one does: rates are those of both together.
  public static func loopback(progress: @escaping (String) -> Void = { _ in }) throws(MigrationError) -> MigrationCosts
  {
    let target = try MigrationTarget(
      listen: Endpoint(host: "127.0.0.1", port: 0),
      options: .init(memoryLimit: Bytes(largest.count * 2), security: .plain))
    let thread = JoinableThread(name: "target") { _ = target.run() }
    defer {
      target.stop()
      thread.join()
    }
    return try Calibration(to: target.endpoint, security: .plain, progress: progress).costs()
  }

  private static let largest = Bytes(512 << 20)
  private static let small = Bytes(8 << 20)
  /// The median of so many counts.
  private static let repeats = 5

  public func costs() throws(MigrationError) -> MigrationCosts {
    let plain = try measure(Self.largest)
    let nothing = try measure(Self.small)
    // What a small VM takes beyond the time its bytes take.
    let fixed = max(0, nothing.seconds - plain.seconds * nothing.part(of: plain))
    let several = try measure(Self.largest) { $0.connections = 4 }
    let zeros = try measure(Self.largest, zero: 1)
    var levels = [
      "\(CompressionLevel.none)": MigrationCosts.Level(random: pages(plain, fixed), compressible: pages(plain, fixed))
    ]
    for level in CompressionLevel.allCases where level != .none {
      let memory = Bytes(Self.largest.count / 4)
      let random = try measure(memory) { $0.compression = .always(level) }
      let compressible = try measure(memory, compressible: 1) { $0.compression = .always(level) }
      levels["\(level)"] = .init(random: pages(random, fixed), compressible: pages(compressible, fixed))
    }
    return MigrationCosts(
      cores: sysconf(Int32(_SC_NPROCESSORS_ONLN)), levels: levels,
      togetherBytesPerSecond: max(pages(several, fixed).bytesPerSecond, pages(plain, fixed).bytesPerSecond),
      zeroBytesPerSecond: Double(zeros.memoryBytes) / max(1e-6, zeros.seconds - fixed), fixedSeconds: fixed,
      fixedBlackoutSeconds: nothing.blackoutMilliseconds / 1000)
  }

  private func pages(_ figures: MigrationFigures, _ fixed: Double) -> MigrationCosts.Pages {
    let memory = Double(figures.memoryBytes)
    return .init(
      bytesPerSecond: memory / max(1e-6, figures.seconds - fixed), ratio: Double(figures.bytes) / memory,
      cpuSecondsPerByte: figures.cpuSeconds / memory)
  }

  /// A VM that nothing writes, sent several times; the one of median time counts.
  private func measure(
    _ memory: Bytes, zero: Double = 0, compressible: Double = 0, _ change: (inout TransportOptions) -> Void = { _ in }
  ) throws(MigrationError) -> MigrationFigures {
    var transport = TransportOptions(security: security)
    change(&transport)
    let profile = VMProfile(name: "calibration", memory: memory, zeroShare: zero, compressibleShare: compressible)
    var all: [MigrationFigures] = []
    for _ in 0..<Self.repeats {
      var random = SystemRandomNumberGenerator()
      let plan = try SendPlan(vms: [profile], targets: [[target]], sourcePorts: [], simultaneous: nil)
      let figures = try MigrationRun(plan, transport: transport, using: &random).migrate().migrations[0]
      if let failure = figures.failure { throw MigrationError("calibration", failure) }
      all.append(figures)
    }
    all.sort { $0.seconds < $1.seconds }
    let median = all[all.count / 2]
    let rate = BitRate(bitsPerSecond: UInt64(Double(memory.count) * 8 / median.seconds / 1e6) * 1_000_000)
    progress(
      "\(memory) over \(transport.name), \(Int(zero * 100))% zeros, \(Int(compressible * 100))% compressible: \(rate)")
    return median
  }
}

extension MigrationFigures {
  /// Its memory, as a part of another's.
  fileprivate func part(of other: MigrationFigures) -> Double { Double(memoryBytes) / Double(other.memoryBytes) }
}
