/// What one pass over the pages moved.
public struct RoundFigures: Codable, Hashable, Sendable {
  /// Pages of zeros included.
  public var pages: Int
  /// TCP payload, record headers included.
  public var bytes: UInt64
  /// From its first byte to the target's word that it has the last.
  public var seconds: Double

  public init(pages: Int, bytes: UInt64, seconds: Double) {
    self.pages = pages
    self.bytes = bytes
    self.seconds = seconds
  }
}

/// Bytes the target's TCP acknowledged since the sample before.
public struct ThroughputSample: Codable, Hashable, Sendable {
  /// End of the sample, from the first round's begin; samples are 100 ms apart, the last one is shorter.
  public var seconds: Double
  public var bytes: UInt64
}

/// Which side's VM is the one that counts.
public enum RunningSide: String, Codable, Hashable, Sendable {
  case source, target
  /// The target was told to run it, or in post-copy that it has all pages, and did not answer: the source stays paused,
  /// so that two never run.
  case unconfirmed
  /// Neither: in post-copy it ran on the target, which will never have all its pages. What it did there is gone; the
  /// source keeps it paused, as it was at the hand-over.
  case lost
}

/// The figures of one migration.
public struct MigrationFigures: Codable, Hashable, Sendable {
  public var vm: String
  /// Address and port.
  public var target: String
  public var sourcePort: UInt16
  public var memoryBytes: UInt64
  /// TCP payload the source sent, from the first round on (the greeting is left out).
  public var bytes: UInt64
  /// From the order to the first round: connecting, and waiting until the target has room and has made it.
  public var openingSeconds: Double
  /// From the first round's begin to the target's word that the VM runs there.
  public var seconds: Double
  /// `bytes` x 8 over `seconds`.
  public var goodputBitsPerSecond: Double
  public var rounds: [RoundFigures]
  /// Why the rounds ended.
  public var convergence: String
  /// From the moment the first writer stood still (without writers, from the order) to the target's word that it has
  /// all memory, that its digest equals the source's, and that all writers go on there. 0 when it did not get that far.
  public var blackoutMilliseconds: Double
  /// The digests of source, target, and of the source's memory read once more after the hand-over are equal.
  public var verified: Bool
  /// CLOCK_MONOTONIC; the ends of `seconds`.
  public var startNanoseconds: UInt64
  public var endNanoseconds: UInt64
  public var series: [ThroughputSample]
  /// How dirty pages were found.
  public var tracking: String
  /// `tcp`, `compression`, `multichannel`, or `compression+multichannel`.
  public var transport: String
  /// How the stream is kept from others.
  public var security: String
  public var connections: [ConnectionFigures]
  /// Left out when pages are not compressed.
  public var compression: CompressionFigures?
  /// Pages of zeros, and pages sent as references to equal ones, over all rounds.
  public var zeroPages: UInt64
  public var duplicatePages: UInt64
  /// CPU time of the threads that read, compress and send here.
  public var cpuSeconds: Double
  /// What was taken from the writers' rate in the end, in percent.
  public var throttlePercent: Int
  /// Bytes of pages written a second while the VM ran here during the migration.
  public var dirtyBytesPerSecond: Double
  public var runsOn: RunningSide
  /// One line; left out when verified.
  public var failure: String?

  package init(
    vm: String, target: String, memoryBytes: UInt64, tracking: String, transport: String, security: String
  ) {
    self.vm = vm
    self.target = target
    self.memoryBytes = memoryBytes
    self.tracking = tracking
    self.transport = transport
    self.security = security
    connections = []
    zeroPages = 0
    duplicatePages = 0
    cpuSeconds = 0
    throttlePercent = 0
    sourcePort = 0
    bytes = 0
    openingSeconds = 0
    seconds = 0
    goodputBitsPerSecond = 0
    rounds = []
    convergence = ""
    blackoutMilliseconds = 0
    verified = false
    startNanoseconds = 0
    endNanoseconds = 0
    series = []
    dirtyBytesPerSecond = 0
    runsOn = .source
  }
}

/// What `migrate send --json` prints: all migrations, and from the first one's start to the last one's end.
public struct MigrationReport: Codable, Hashable, Sendable {
  public var migrations: [MigrationFigures]
  public var seconds: Double
  public var bytes: UInt64
  public var goodputBitsPerSecond: Double

  public init(_ migrations: [MigrationFigures]) {
    self.migrations = migrations
    let started = migrations.filter { $0.startNanoseconds > 0 }
    let start = started.map(\.startNanoseconds).min() ?? 0
    let end = started.map(\.endNanoseconds).max() ?? 0
    seconds = end > start ? Double(end - start) / 1e9 : 0
    bytes = migrations.reduce(0) { $0 + $1.bytes }
    goodputBitsPerSecond = seconds > 0 ? Double(bytes) * 8 / seconds : 0
  }

  public var allVerified: Bool { migrations.allSatisfy(\.verified) }
}
