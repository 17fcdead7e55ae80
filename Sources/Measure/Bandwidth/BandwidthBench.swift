import Lab
import Units

/// Carries out cases: hosts joined by the peer that is measured, rates set, traffic sent.
struct BandwidthBench: Sendable {
  let program: SwitchProgram
  let settings: BandwidthSettings

  /// At once, under whose load round trips are measured.
  static let migrations = 4

  /// One repeat of a case.
  func measure(_ one: BandwidthCase) async throws -> Repeat {
    let spec = LabSpec(
      name: Lab.name("qos"), hosts: BandwidthHosts.senders.count + 1, mtu: settings.mtu, fabric: one.peer.fabric,
      ipv6: false, staticNeighbours: true)
    return try await Lab.with(spec) { lab in
      try await lab.forgetConnections(of: 1...spec.hosts)
      let fabric = BandwidthFabric(settings: settings, one: one, spec: spec)
      switch one.peer.fabric {
      case .millrace:
        return try await program.running(fabric.configuration, in: lab) { _ in try await answer(one, in: lab) }
      case .bridge: try await fabric.limitBridge(lab)
      case .openVSwitch: try await fabric.limitOpenVSwitch(lab)
      }
      return try await answer(one, in: lab)
    }
  }

  private func answer(_ one: BandwidthCase, in lab: Lab) async throws -> Repeat {
    switch one.question {
    case .maximum(let megabits, let isUDP, let flows): try await maximum(megabits, isUDP, flows, one.peer.fabric, lab)
    case .shares: try await shares(lab)
    case .response: try await response(lab)
    }
  }

  private func maximum(
    _ megabits: Int, _ isUDP: Bool, _ flows: Int, _ fabric: LabSpec.Fabric, _ lab: Lab
  ) async throws -> Repeat {
    async let receiving = send(flows, isUDP: isUDP, over: megabits, fabric, lab)
    // Slow start is over, and the buckets that were full are empty.
    try await Task.sleep(for: .seconds(2))
    let frames = try await Arrivals.count(
      at: BandwidthHosts.far, of: lab, tenths: settings.seconds * 10)
    var result = Repeat([try await receiving], frame: frame(isUDP: isUDP))
    let bits = Double(settings.payload + BandwidthSettings.headers(isUDP: isUDP)) * 8
    guard let first = frames.samples.first, let last = frames.samples.last,
      let window = Window(start: first.time, end: last.time), let rate = frames.rate(in: window)
    else { throw ExperimentError(.failed, "\(lab.spec.name): its kernel's counters could not be read") }
    result.windowSeconds = window.seconds
    result.throughputBitsPerSecond = rate * bits
    result.series = frames.rates().map {
      RatePoint(seconds: ($0.time - window.start).seconds, bitsPerSecond: $0.value * bits)
    }
    return result
  }

  /// From the first sender: of UDP a fifth more than a maximum lets pass, of TCP as much as goes.
  private func send(
    _ flows: Int, isUDP: Bool, over megabits: Int, _ fabric: LabSpec.Fabric, _ lab: Lab
  ) async throws -> BulkReceived {
    let from = BandwidthHosts.senders[0]
    // Beyond what is counted at both ends.
    let seconds = settings.seconds + 4
    if isUDP {
      return try await DatagramBulk(
        from: from, to: BandwidthHosts.far, flows: flows, rate: BitRate(bitsPerSecond: UInt64(megabits) * 1_200_000),
        payload: settings.payload, seconds: seconds, takesSuperFrames: fabric != .openVSwitch
      ).run(in: lab)
    }
    var bulk = bulk(from: from, seconds: seconds)
    bulk.flows = flows
    return try await bulk.run(in: lab)
  }

  private func shares(_ lab: Lab) async throws -> Repeat {
    let received = try await all(BandwidthHosts.senders.map { bulk(from: $0) }, in: lab)
    var result = Repeat(received, frame: frame(isUDP: false))
    let sum = received.reduce(0) { $0 + $1.bytes / $1.seconds }
    result.shares = received.map { $0.bytes / $0.seconds / sum }
    return result
  }

  /// Round trips alone, then under load: migrations all the time, storage and another VM beside them.
  private func response(_ lab: Lab) async throws -> Repeat {
    func ask(_ seconds: Int) async throws -> RoundTrips {
      try await RoundTrips.measure(
        in: lab, from: BandwidthHosts.asking, to: BandwidthHosts.far, seconds: seconds)
    }
    let unloaded = try await ask(settings.seconds)
    let loadSeconds = settings.seconds + 4
    async let migrating = LabMigrations(
      lab: lab, executable: program.executable, source: BandwidthHosts.migrating, targets: [BandwidthHosts.far],
      migrations: Self.migrations,
      // With their share of the link they take about the whole time.
      memory: LabMigrations.memory(of: Self.migrations, lasting: Double(loadSeconds) * 0.4, at: settings.link),
      sourcePorts: (0..<UInt16(Self.migrations)).map { LabMigrations.firstSourcePort + $0 }, cpus: nil
    ).run()
    async let sending = all(
      [BandwidthHosts.storing, BandwidthHosts.sending].map { bulk(from: $0, seconds: loadSeconds) }, in: lab)
    // Until all have begun.
    try await Task.sleep(for: .seconds(2))
    let loaded = try await ask(settings.seconds)
    let received = try await sending
    let sent = try await migrating
    var result = Repeat(received, frame: frame(isUDP: false))
    result.verified = sent.migrations.allSatisfy(\.verified)
    result.response = .init(unloaded: unloaded, loaded: loaded)
    return result
  }

  private func bulk(from host: Int, seconds: Int? = nil) -> Bulk {
    Bulk(from: host, to: BandwidthHosts.far, seconds: seconds ?? settings.seconds, port: 5200 + UInt16(host))
  }

  /// Bytes of a frame over those of its payload.
  private func frame(isUDP: Bool) -> Double {
    Double(settings.payload + BandwidthSettings.headers(isUDP: isUDP)) / Double(settings.payload)
  }

  private func all(_ bulks: [Bulk], in lab: Lab) async throws -> [BulkReceived] {
    try await withThrowingTaskGroup(of: (Int, BulkReceived).self) { group in
      for (place, bulk) in bulks.enumerated() { group.addTask { (place, try await bulk.run(in: lab)) } }
      var received: [Int: BulkReceived] = [:]
      for try await (place, one) in group { received[place] = one }
      return bulks.indices.compactMap { received[$0] }
    }
  }
}

extension Repeat {
  /// Of streams that ran at once; `frame` is a frame's bytes over its payload's.
  init(_ received: [BulkReceived], frame: Double) {
    let seconds = received.map(\.seconds).min() ?? 0
    let goodput = received.reduce(0) { $0 + $1.bytes / $1.seconds } * 8
    self.init(
      seconds: seconds, bytes: UInt64(received.reduce(0) { $0 + $1.bytes }), goodputBitsPerSecond: goodput,
      windowSeconds: seconds, throughputBitsPerSecond: goodput * frame, blackoutMilliseconds: 0, verified: true,
      reorderings: 0, workers: [], series: [])
  }
}
