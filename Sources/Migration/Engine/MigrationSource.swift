import CLinux
import Units

/// Moves one VM to a target: rounds of copying while it runs, a pause for the last one, digests compared, hand-over.
///
/// Until it has sent `release` the VM is the source's, and every fault ends with it running here. From `release` on it
/// never runs here again.
public final class MigrationSource {
  /// Where to and how.
  public struct Options: Sendable {
    public var target: Endpoint
    /// nil: the kernel's choice.
    public var sourcePort: UInt16?
    public var rule: ConvergenceRule
    /// 128 bits that no other migration has.
    public var migration: (UInt64, UInt64)

    public init(
      target: Endpoint, sourcePort: UInt16? = nil, rule: ConvergenceRule = .init(), migration: (UInt64, UInt64)
    ) {
      self.target = target
      self.sourcePort = sourcePort
      self.rule = rule
      self.migration = migration
    }
  }

  package typealias Connect = (MigrationProgress) throws(MigrationError) -> any MigrationTransport

  private let vm: VirtualMachine
  private let options: Options
  private let progress: MigrationProgress
  private let tracker: any DirtyTracker
  private let connect: Connect
  private var digests: PageDigests
  private var figures: MigrationFigures
  private var released = false

  /// Over one TCP stream.
  public convenience init(vm: VirtualMachine, options: Options, progress: MigrationProgress = .init()) {
    let place = "\(vm.profile.name) to \(options.target)"
    self.init(vm: vm, options: options, progress: progress, tracker: makeDirtyTracker(for: vm.image)) {
      progress throws(MigrationError) in
      let connection = try TCPConnection.connect(to: options.target, sourcePort: options.sourcePort, place: place)
      return TCPTransport(connection: connection, progress: progress)
    }
  }

  /// With a tracker and a transport of the caller's.
  package init(
    vm: VirtualMachine, options: Options, progress: MigrationProgress, tracker: any DirtyTracker,
    connect: @escaping Connect
  ) {
    self.vm = vm
    self.options = options
    self.progress = progress
    self.tracker = tracker
    self.connect = connect
    digests = PageDigests(pageCount: vm.image.pageCount)
    figures = MigrationFigures(
      vm: vm.profile.name, target: "\(options.target)", memoryBytes: UInt64(vm.image.byteCount),
      tracking: tracker.method)
  }

  /// Called once the target has accepted the VM, before the first round: a place to wait for others.
  package var beforeFirstRound: () -> Void = {}

  /// Migrates the VM, which runs, and returns when it runs on one side again. To be called once.
  public func migrate() -> MigrationFigures {
    do throws(MigrationError) {
      let transport = try connect(progress)
      do throws(MigrationError) {
        try migrate(over: transport)
        transport.close()
      } catch {
        transport.reset()
        throw error
      }
      progress.enter(figures.verified ? .verified : .failed)
    } catch {
      figures.failure = error.description
      if figures.runsOn == .source {
        if released { figures.runsOn = .unconfirmed } else { vm.resume() }
      }
      figures.failure! += "; " + outcome
      progress.enter(.failed)
    }
    return figures
  }

  private var outcome: String {
    switch figures.runsOn {
    case .source: "\(vm.profile.name) runs on here"
    case .target: "\(vm.profile.name) runs on the target"
    case .unconfirmed: "\(vm.profile.name) is the target's, which did not confirm; it stays paused here: look there"
    }
  }

  private func migrate(over transport: any MigrationTransport) throws(MigrationError) {
    figures.sourcePort = transport.sourcePort
    try transport.greet(Hello(profile: vm.profile, migration: options.migration))
    beforeFirstRound()
    try tracker.begin()
    let start = now()
    let written = vm.pagesWritten
    figures.startNanoseconds = start.count
    progress.started(at: start)
    progress.enter(.copying)
    defer { close(at: now()) }

    var dirty = try copyRounds(over: transport)

    let pause = now()
    progress.enter(.paused)
    vm.pause()
    let ran = (now() - start).seconds
    figures.dirtyBytesPerSecond = Double((vm.pagesWritten - written) * UInt64(MemoryImage.pageSize)) / ran
    var late = PageRuns()
    try tracker.take(into: &late)
    dirty = dirty.union(late)
    let digest = try copyLastRound(dirty, over: transport, from: pause)
    // From here on it must not run on this side, even if the target never hears of it.
    released = true
    try transport.send(.release)
    try expect(.running, from: transport)
    figures.runsOn = .target
    let end = now()
    figures.blackoutMilliseconds = Double((end - pause).count) / 1e6
    close(at: end)
    try verify(digest, over: transport)
  }

  /// Copies while the VM runs; returns the pages that are dirty when it should pause.
  private func copyRounds(over transport: any MigrationTransport) throws(MigrationError) -> PageRuns {
    var pages = PageRuns(all: vm.image.pageCount)
    while true {
      let begin = now()
      let before = progress.bytesSent
      progress.beginRound(figures.rounds.count, pages: pages.pageCount)
      try transport.send(pages, of: vm.image, digests: &digests)
      // Waiting for the answer makes the round's time true, and what is found dirty after it as fresh as can be.
      try transport.send(.roundEnd(figures.rounds.count))
      try expect(.roundDone(figures.rounds.count), from: transport)
      note(pages.pageCount, bytesBefore: before, since: begin)
      try tracker.take(into: &pages)
      if case .pause(let reason) = options.rule.decide(done: figures.rounds, pages: pages.pageCount) {
        figures.convergence = reason
        return pages
      }
    }
  }

  /// Sends what is left and compares digests. The VM is paused.
  private func copyLastRound(
    _ pages: PageRuns, over transport: any MigrationTransport, from pause: Nanoseconds
  ) throws(MigrationError) -> Digest {
    let before = progress.bytesSent
    progress.beginRound(figures.rounds.count, pages: pages.pageCount)
    try transport.send(pages, of: vm.image, digests: &digests)
    let digest = digests.whole
    try transport.send(.finish(digest))
    guard case .complete(let theirs) = try transport.receive() else { throw disorder("complete") }
    note(pages.pageCount, bytesBefore: before, since: pause)
    guard theirs == digest else {
      try? transport.send(.cancel("digests differ"))
      throw MigrationError(
        place, "the target's memory digest \(theirs) differs from \(digest): the stream was changed on its way",
        fix: "check the path")
    }
    return digest
  }

  /// Reads the paused memory once more, after the hand-over so that it costs no blackout: what was sent must be what
  /// the VM had, page for page, or the tracking missed a write.
  private func verify(_ digest: Digest, over transport: any MigrationTransport) throws(MigrationError) {
    let mismatches = digests.mismatches(in: vm.image)
    try transport.send(.verdict(mismatchingPages: mismatches))
    try expect(.done, from: transport)
    guard mismatches == 0 else {
      throw MigrationError(place, "\(mismatches) pages were written unnoticed (\(tracker.method)): its memory is wrong")
    }
    vm.stop()
    figures.verified = true
  }

  private func note(_ pages: Int, bytesBefore: UInt64, since begin: Nanoseconds) {
    figures.rounds.append(
      RoundFigures(pages: pages, bytes: progress.bytesSent - bytesBefore, seconds: (now() - begin).seconds))
  }

  /// Fixes times and rates, at the hand-over or where it failed.
  private func close(at end: Nanoseconds) {
    guard figures.endNanoseconds == 0 else { return }
    figures.endNanoseconds = end.count
    figures.seconds = (end - Nanoseconds(figures.startNanoseconds)).seconds
    figures.bytes = progress.bytesSent
    figures.goodputBitsPerSecond = Double(figures.bytes) * 8 / figures.seconds
    figures.series = progress.ended(at: end, bytes: figures.bytes)
  }

  private func expect(_ record: ControlRecord, from transport: any MigrationTransport) throws(MigrationError) {
    guard try transport.receive() == record else { throw disorder("\(record)") }
  }

  private func disorder(_ wanted: String) -> MigrationError {
    MigrationError(place, "the target answers out of order, not with \(wanted)")
  }

  private var place: String { "\(vm.profile.name) to \(options.target)" }
  private func now() -> Nanoseconds { Nanoseconds(ml_monotonic_ns()) }
}
