import Units

/// What came of a migration by QEMU: its own figures, and whether the guest lived on.
public struct QEMUMigrationReport: Sendable, Equatable, Codable {
  public var mode: QEMUMigrationSettings.Mode
  /// Connections that carry pages.
  public var channels: Int
  public var compression: QEMUMigrationSettings.Compression
  /// The limit; absent when there was none.
  public var bandwidthBitsPerSecond: UInt64?
  public var accelerator: Accelerator
  public var acceleratorReason: String
  public var tap: GuestTap
  public var memoryBytes: UInt64

  /// As `query-migrate` says.
  public var totalMilliseconds: UInt64
  public var downtimeMilliseconds: UInt64
  public var setupMilliseconds: UInt64
  /// From the guest's standstill on the source to its going on at the target (QMP events STOP and RESUME): the downtime,
  /// which is the source's alone, and what the target had to do. Absent when the guest stood still before.
  public var awayMilliseconds: Double?
  public var transferredBytes: UInt64
  public var zeroPages: UInt64
  public var normalPages: UInt64
  public var throughputBitsPerSecond: Double
  /// Times the written pages were collected.
  public var rounds: Int
  /// Pages that the target asked for.
  public var requestedPages: UInt64

  /// Bytes of frames that the source's switch gave to the network meanwhile.
  public var linkBytes: UInt64

  /// Steps that the guest had counted when it left, and in all.
  public var countAtMove: Int
  public var countAtEnd: Int
  /// Every step was counted once and in order, on both sides together, and what must not change had one sum throughout.
  public var livedOn: Bool
  /// What speaks against that; absent when nothing does.
  public var fault: String?
  /// Times that the guest summed up what must not change.
  public var sums: Int

  public var echoesAnswered: Int
  public var echoesLost: Int
  /// The longest time between two answers to pings through the switches; absent when there were none.
  public var longestGapMilliseconds: Double?
  /// From the guest's going on at the target to the first answer.
  public var firstAnswerMilliseconds: Double?

  init(
    _ asked: QEMUMigration, _ accelerator: Accelerator, _ reason: String, _ state: QEMUMigrationState,
    linkBytes: UInt64, atMove: GuestConsole, _ console: GuestConsole, _ pings: PingLog, stop: Double?, resume: Double?
  ) {
    mode = asked.how.mode
    channels = mode == .multifd ? asked.how.channels : 1
    compression = mode == .multifd ? asked.how.compression : .none
    bandwidthBitsPerSecond = asked.how.bandwidth?.bitsPerSecond
    self.accelerator = accelerator
    acceleratorReason = reason
    tap = asked.tap
    memoryBytes = asked.guest.memory.count
    totalMilliseconds = state.totalTime ?? 0
    downtimeMilliseconds = state.downtime ?? 0
    setupMilliseconds = state.setupTime ?? 0
    transferredBytes = state.ram?.transferred ?? 0
    zeroPages = state.ram?.duplicate ?? 0
    normalPages = state.ram?.normal ?? 0
    throughputBitsPerSecond = (state.ram?.mbps ?? 0) * 1e6
    rounds = state.ram?.dirtySyncCount ?? 0
    requestedPages = state.ram?.postcopyRequests ?? 0
    self.linkBytes = linkBytes
    countAtMove = atMove.counts.count
    countAtEnd = console.counts.count
    let firstAnswer = resume.flatMap { pings.firstAnswerMilliseconds(after: $0) }
    fault = console.fault ?? Self.fault(of: console, since: atMove, answers: resume == nil || firstAnswer != nil)
    livedOn = fault == nil
    sums = console.sums.count
    echoesAnswered = pings.answers.count
    echoesLost = pings.lost
    longestGapMilliseconds = pings.longestGapMilliseconds
    if let stop, let resume {
      awayMilliseconds = (resume - stop) * 1000
      firstAnswerMilliseconds = firstAnswer
    }
  }

  /// What the guest did not do at its target; nil: it did all.
  private static func fault(of console: GuestConsole, since move: GuestConsole, answers: Bool) -> String? {
    if console.counts.count <= move.counts.count { return "it counted no further at the target" }
    // The first of the two may have been begun at the source.
    if console.sums.count < move.sums.count + 2 { return "it did not sum up its memory at the target" }
    return answers ? nil : "it answered no echo at the target"
  }
}
