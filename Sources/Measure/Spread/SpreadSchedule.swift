import Units

/// The order of the experiment: first one worker's capacity, from it the link's rate, then the cases.
struct SpreadSchedule {
  let bench: SpreadBench
  let options: ExperimentOptions

  private var settings: SpreadSettings { bench.settings }

  func run() async throws -> ([Run], BitRate) {
    let (calibration, capacity) = try await calibrate()
    let link = options.link ?? SpreadCalibration.link(for: capacity)
    options.progress("link \(link): one worker carries \(Self.part(capacity, of: link)) of it")
    var runs = calibration
    for one in options.quick ? SpreadMatrix.quick : SpreadMatrix.full {
      try Task.checkCancellation()
      runs.append(try await measure(one, link: link, capacity: capacity))
    }
    return (runs, link)
  }

  /// One flow through one worker, the link unlimited, at the whole share and at half of it.
  private func calibrate() async throws -> ([Run], BitRate) {
    let one = SpreadCase(receiving: "vmq", migrations: 1, targets: 1, isLimited: false)
    let half = Share(fraction: settings.share.fraction / 2)
    let repeats = options.quick ? 1 : options.repeats ?? Self.usualRepeats
    // Nothing is known yet of what a worker carries: a short run says how much memory a run of the right length moves.
    let guess = try await bench.measure(one, conditions(settings.share, memory: Bytes(16 << 20), repeats: 1))
    let rate = BitRate(bitsPerSecond: UInt64(guess.0[0].throughputBitsPerSecond))
    let memory = settings.memory(at: rate, migrations: 1)
    let whole = try await bench.measure(one, conditions(settings.share, memory: memory, repeats: max(3, repeats)))
    let capacity = BitRate(
      bitsPerSecond: UInt64(Summary.median(whole.0.map(\.throughputBitsPerSecond)) ?? 0))
    let slower = try await bench.measure(one, conditions(half, memory: Bytes(memory.count / 2), repeats: repeats))
    let runs = [
      run(SpreadCalibration.name, "one flow, one worker", settings.share, whole, capacity),
      run(SpreadCalibration.halfName, "one flow, one worker of half the share", half, slower, nil),
    ]
    runs.forEach { report($0) }
    return (runs, capacity)
  }

  private func measure(_ one: SpreadCase, link: BitRate, capacity: BitRate) async throws -> Run {
    let repeats = options.repeats ?? (options.quick ? 1 : Self.usualRepeats)
    // Without emulation a core carries many times what an emulated one does.
    let rate = one.isEmulated ? link : BitRate(bitsPerSecond: link.bitsPerSecond * Self.realCoresFactor)
    let memory = settings.memory(at: rate, migrations: one.migrations)
    var conditions = conditions(settings.share, memory: memory, repeats: repeats)
    conditions.link = one.isLimited ? link : nil
    let (measured, ports) = try await bench.measure(one, conditions)
    let run = Run(
      scenario: Scenario(
        name: one.name, label: one.label, group: one.group, steering: one.receiving, migrations: one.migrations,
        targets: one.targets, transport: "tcp", mtu: settings.mtu,
        emulatedShare: one.isEmulated ? settings.share : nil, link: conditions.link,
        workerCapacity: one.isEmulated ? capacity : nil, sourcePorts: ports),
      repeats: measured)
    report(run)
    return run
  }

  private func conditions(_ share: Share, memory: Bytes, repeats: Int) -> SpreadBench.Conditions {
    // A twentieth of its memory a second: what a working guest writes, and too little to make more rounds than a few.
    SpreadBench.Conditions(
      share: share, link: nil, memory: memory, dirtyRate: Bytes(memory.count / 20), repeats: repeats)
  }

  private func run(
    _ name: String, _ label: String, _ share: Share, _ measured: ([Repeat], [UInt16]), _ capacity: BitRate?
  ) -> Run {
    Run(
      scenario: Scenario(
        name: name, label: label, group: "Calibration: one worker, no link limit", steering: "vmq", migrations: 1,
        targets: 1, transport: "tcp", mtu: settings.mtu, emulatedShare: share, link: nil, workerCapacity: capacity,
        sourcePorts: measured.1),
      repeats: measured.0)
  }

  private func report(_ run: Run) {
    let link = run.linkUtilization.map { ", \(Figure.percent($0.median)) of the link" } ?? ""
    let ports = run.scenario.sourcePorts.map(String.init).joined(separator: " ")
    options.progress(
      "\(run.scenario.name): \(Figure.rate(run.throughputBitsPerSecond.median))\(link), "
        + "\(run.verified ? "verified" : "NOT VERIFIED"), source ports \(ports)")
  }

  private static func part(_ capacity: BitRate, of link: BitRate) -> String {
    Figure.percent(Double(capacity.bitsPerSecond) / Double(link.bitsPerSecond))
  }

  private static let usualRepeats = 5
  private static let realCoresFactor: UInt64 = 4
}
