import Units

/// One case of an experiment: what was arranged, and the medians of its repeats.
///
/// Rates are frame bytes without FCS, preamble and gap, as everywhere in Millrace; goodput is payload of TCP or UDP.
public struct Run: Sendable {
  public var scenario: Scenario
  /// Each repeat, in the order made; never empty.
  public var repeats: [Repeat]

  /// Precondition: at least one repeat.
  public init(scenario: Scenario, repeats: [Repeat]) {
    precondition(!repeats.isEmpty, "a run is made of at least one repeat")
    self.scenario = scenario
    self.repeats = repeats
  }

  public var seconds: Summary { summary(\.seconds) }
  public var bytes: Summary { summary { Double($0.bytes) } }
  public var goodputBitsPerSecond: Summary { summary(\.goodputBitsPerSecond) }
  /// Frame bits a second inside the window.
  public var throughputBitsPerSecond: Summary { summary(\.throughputBitsPerSecond) }
  public var blackoutMilliseconds: Summary { summary(\.blackoutMilliseconds) }
  /// The longest of all repeats.
  public var longestPauseMilliseconds: Double? { repeats.compactMap(\.longestPauseMilliseconds).max() }
  /// Every migration of every repeat arrived with the right digest.
  public var verified: Bool { repeats.allSatisfy(\.verified) }
  /// Times a sender saw its segments arrive in another order, over all repeats.
  public var reorderings: Int { repeats.reduce(0) { $0 + $1.reorderings } }

  /// Throughput over the link's rate; nil without a link limit.
  public var linkUtilization: Summary? {
    guard let link = scenario.link, link.bitsPerSecond > 0 else { return nil }
    return summary { $0.throughputBitsPerSecond / Double(link.bitsPerSecond) }
  }

  /// Throughput in units of one worker's capacity; nil where that was not measured.
  public var workersWorth: Double? {
    guard let capacity = scenario.workerCapacity, capacity.bitsPerSecond > 0 else { return nil }
    return throughputBitsPerSecond.median / Double(capacity.bitsPerSecond)
  }

  /// The repeat that stands for all where a median makes no sense: that with the median throughput.
  public var representative: Repeat {
    repeats[Summary.representative(of: repeats.map(\.throughputBitsPerSecond)) ?? 0]
  }

  private func summary(_ value: (Repeat) -> Double) -> Summary {
    guard let summary = Summary(repeats.map(value)) else { preconditionFailure("\(scenario.name): not a number") }
    return summary
  }
}

/// What a case arranges, fixed before it runs.
public struct Scenario: Hashable, Sendable {
  /// Unique in its experiment: letters, digits and dashes.
  public var name: String
  /// For people: `vmq, 4 migrations to 1 host`.
  public var label: String
  /// Cases charted together.
  public var group: String
  /// `single`, `rss`, `vmq` or `vmq+vrss`; where ports differ, what the receiving port has.
  public var steering: String
  public var migrations: Int
  /// Hosts that receive.
  public var targets: Int
  public var transport: String
  public var mtu: Int
  /// Each worker is held to this share of one CPU; nil on real cores.
  public var emulatedShare: Share?
  /// What the link carries; nil when it is not limited.
  public var link: BitRate?
  /// One worker's capacity in this arrangement, when measured.
  public var workerCapacity: BitRate?
  /// TCP source port of each migration.
  public var sourcePorts: [UInt16]

  public var isEmulated: Bool { emulatedShare != nil }

  public init(
    name: String, label: String, group: String, steering: String, migrations: Int, targets: Int, transport: String,
    mtu: Int, emulatedShare: Share?, link: BitRate?, workerCapacity: BitRate?, sourcePorts: [UInt16]
  ) {
    self.name = name
    self.label = label
    self.group = group
    self.steering = steering
    self.migrations = migrations
    self.targets = targets
    self.transport = transport
    self.mtu = mtu
    self.emulatedShare = emulatedShare
    self.link = link
    self.workerCapacity = workerCapacity
    self.sourcePorts = sourcePorts
  }
}

/// One worker's part in a repeat.
public struct WorkerLoad: Hashable, Sendable, Codable {
  public var worker: Int
  public var cpu: Int
  /// Mean load in the window: the part of its time, or of its share of a CPU, that it was busy; 0 to 1.
  public var load: Double
  /// Frames it took in the window.
  public var frames: Double

  public init(worker: Int, cpu: Int, load: Double, frames: Double) {
    self.worker = worker
    self.cpu = cpu
    self.load = load
    self.frames = frames
  }
}

/// A point of a throughput series.
public struct RatePoint: Hashable, Sendable, Codable {
  /// Since the first migration's start.
  public var seconds: Double
  public var bitsPerSecond: Double

  public init(seconds: Double, bitsPerSecond: Double) {
    self.seconds = seconds
    self.bitsPerSecond = bitsPerSecond
  }
}

/// One repeat of a case.
public struct Repeat: Hashable, Sendable, Codable {
  /// From the first migration's start to the last one's end.
  public var seconds: Double
  /// Payload that all migrations sent: pages, repeated ones included, after compression, and what stands before them.
  public var bytes: UInt64
  /// The rate of that payload.
  public var goodputBitsPerSecond: Double
  /// From the last migration's start to the first one's end: the stretch that throughput and loads are taken from.
  public var windowSeconds: Double
  public var throughputBitsPerSecond: Double
  /// The longest of the migrations.
  public var blackoutMilliseconds: Double
  public var verified: Bool
  public var reorderings: Int
  public var workers: [WorkerLoad]
  public var series: [RatePoint]
  /// Of a load that shifts: its phases, each worker's load over time, and the moves made. Empty otherwise.
  public var phases: [LoadPhase] = []
  public var workerSeries: [WorkerSeries] = []
  public var moves: [MoveMark] = []
  /// The longest time in which a connection received nothing after a link failed; nil where none did.
  public var longestPauseMilliseconds: Double?
  /// What each of several ports had of all that was carried; empty where that was not asked.
  public var shares: [Double] = []
  /// Round trips of a port, alone and under load; nil where nobody asked.
  public var response: ResponseTimes?

  public init(
    seconds: Double, bytes: UInt64, goodputBitsPerSecond: Double, windowSeconds: Double,
    throughputBitsPerSecond: Double, blackoutMilliseconds: Double, verified: Bool, reorderings: Int,
    workers: [WorkerLoad], series: [RatePoint], longestPauseMilliseconds: Double? = nil
  ) {
    self.seconds = seconds
    self.bytes = bytes
    self.goodputBitsPerSecond = goodputBitsPerSecond
    self.windowSeconds = windowSeconds
    self.throughputBitsPerSecond = throughputBitsPerSecond
    self.blackoutMilliseconds = blackoutMilliseconds
    self.verified = verified
    self.reorderings = reorderings
    self.workers = workers
    self.series = series
    self.longestPauseMilliseconds = longestPauseMilliseconds
  }

  /// The busiest worker's part of all frames; nil when there were none.
  public var busiestShare: Double? {
    let total = workers.reduce(0) { $0 + $1.frames }
    guard total > 0, let most = workers.map(\.frames).max() else { return nil }
    return most / total
  }

  /// Workers that took at least `share` of all frames.
  public func workersCarrying(atLeast share: Double) -> Int {
    let total = workers.reduce(0) { $0 + $1.frames }
    return total > 0 ? workers.count { $0.frames >= share * total } : 0
  }
}
