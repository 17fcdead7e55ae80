import Units

/// The order of the experiment: first one worker's capacity, from it the link's rate, then the cases.
struct SpreadSchedule {
  let bench: SpreadBench
  let options: ExperimentOptions

  private var settings: SpreadSettings { bench.settings }
  private var turns: Int { options.turns(usual: 5) }

  func run(_ cases: [SpreadCase]) async throws -> ([Run], BitRate) {
    let (calibration, capacity) = try await calibrate()
    let link = options.link ?? SpreadCalibration.link(for: capacity)
    options.progress("link \(link): one worker carries \(Self.part(capacity, of: link)) of it")
    var ports: [SpreadCase: [UInt16]] = [:]
    let measured = try await options.measure(cases, turns: turns) { one, _ in
      let (result, used) = try await bench.measure(one, conditions(one, link: link))
      guard ports[one, default: used] == used else {
        throw ExperimentError(.failed, "\(one.name): the switch's tables differ from the repeat before")
      }
      ports[one] = used
      return (result, told(result, used, link: one.isLimited ? link : nil))
    }
    let runs = measured.map { one, repeats in
      Run(scenario: scenario(one, link: link, capacity: capacity, ports: ports[one] ?? []), repeats: repeats)
    }
    return (calibration + runs, link)
  }

  /// One worker's capacity: the most that it carried of one and of four flows, the link unlimited. The most, because
  /// what disturbs a run can only take from it, and because a link that is too narrow would flatter a single worker.
  private func calibrate() async throws -> ([Run], BitRate) {
    let one = SpreadCase(receiving: "vmq", migrations: 1, targets: 1, isLimited: false)
    let four = SpreadCase(receiving: "vmq", migrations: 4, targets: 1, isLimited: false)
    let half = Share(fraction: settings.share.fraction / 2)
    // Nothing is known yet of what a worker carries: a short run says how much memory makes one of the right length.
    let guess = try await bench.measure(one, conditions(settings.share, memory: Bytes(16 << 20)))
    let rate = BitRate(bitsPerSecond: UInt64(guess.0.throughputBitsPerSecond))
    var repeats: [[Repeat]] = [[], [], []]
    var ports: [[UInt16]] = [[], [], []]
    for _ in 0..<max(Self.fewestCalibrations, turns) {
      let arrangements = [(one, settings.share, 1), (four, settings.share, 4), (one, half, 2)]
      for (place, (arrangement, share, part)) in arrangements.enumerated() {
        let memory = settings.memory(at: rate, migrations: part)
        let (result, used) = try await bench.measure(arrangement, conditions(share, memory: memory))
        repeats[place].append(result)
        ports[place] = used
        options.progress("\(Self.names[place]): \(told(result, used, link: nil))")
      }
    }
    let most = (repeats[0] + repeats[1]).map(\.throughputBitsPerSecond).max() ?? 0
    let capacity = BitRate(bitsPerSecond: UInt64(most))
    let labels = ["one flow", "four flows", "one flow, half the share"]
    let runs = labels.indices.map { place in
      calibration(place, labels[place], place == 2 ? half : settings.share, ports[place], repeats[place], capacity)
    }
    return (runs, capacity)
  }

  private func calibration(
    _ place: Int, _ label: String, _ share: Share, _ ports: [UInt16], _ repeats: [Repeat], _ capacity: BitRate
  ) -> Run {
    Run(
      scenario: Scenario(
        name: Self.names[place], label: label,
        group: "Calibration: one worker, no link limit", steering: "vmq", migrations: ports.count, targets: 1,
        transport: "tcp", mtu: settings.mtu, emulatedShare: share, link: nil,
        workerCapacity: share == settings.share ? capacity : nil, sourcePorts: ports),
      repeats: repeats)
  }

  private func scenario(_ one: SpreadCase, link: BitRate, capacity: BitRate, ports: [UInt16]) -> Scenario {
    Scenario(
      name: one.name, label: one.label, group: one.group, steering: one.receiving, migrations: one.migrations,
      targets: one.targets, transport: "tcp", mtu: settings.mtu, emulatedShare: one.isEmulated ? settings.share : nil,
      link: one.isLimited ? link : nil, workerCapacity: one.isEmulated ? capacity : nil, sourcePorts: ports)
  }

  private func conditions(_ one: SpreadCase, link: BitRate) -> SpreadBench.Conditions {
    // Without emulation a core carries many times what an emulated one does.
    let rate = one.isEmulated ? link : BitRate(bitsPerSecond: link.bitsPerSecond * Self.realCoresFactor)
    var conditions = conditions(settings.share, memory: settings.memory(at: rate, migrations: one.migrations))
    conditions.link = one.isLimited ? link : nil
    return conditions
  }

  private func conditions(_ share: Share, memory: Bytes) -> SpreadBench.Conditions {
    SpreadBench.Conditions(share: share, link: nil, memory: memory)
  }

  private func told(_ result: Repeat, _ ports: [UInt16], link: BitRate?) -> String {
    let part = link.map { ", \(Figure.percent(result.throughputBitsPerSecond / Double($0.bitsPerSecond))) of the link" }
    return "\(Figure.rate(result.throughputBitsPerSecond))\(part ?? ""), "
      + "\(result.verified ? "verified" : "NOT VERIFIED"), source ports "
      + ports.map(String.init).joined(separator: " ")
  }

  private static func part(_ capacity: BitRate, of link: BitRate) -> String {
    Figure.percent(Double(capacity.bitsPerSecond) / Double(link.bitsPerSecond))
  }

  private static let names = [SpreadCalibration.name, SpreadCalibration.fourName, SpreadCalibration.halfName]
  private static let fewestCalibrations = 2
  private static let realCoresFactor: UInt64 = 4
}
