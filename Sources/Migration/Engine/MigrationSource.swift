import CLinux
import Units

/// Moves one VM to a target: rounds of copying while it runs, a pause for the last one, digests compared, hand-over.
///
/// Until it has sent `release` the VM is the source's, and every fault ends with it running here. From `release` on it
/// runs here again only if the target turns out to be gone before it confirmed. In post-copy a fault behind that word,
/// and before the target has all pages, loses the VM: what it did there has been seen by others, so that it must not go
/// on here from an earlier state as if nothing had happened.
public final class MigrationSource {
  /// Where to and how.
  public struct Options: Sendable {
    /// The target's addresses, in order of preference.
    public var target: [Endpoint]
    /// Of connection 0, the others follow; nil: the kernel's choice.
    public var sourcePort: UInt16?
    public var rule: ConvergenceRule
    public var transport: TransportOptions
    /// 128 bits that no other migration has.
    public var migration: (UInt64, UInt64)

    public init(
      target: [Endpoint], sourcePort: UInt16? = nil, rule: ConvergenceRule = .init(), transport: TransportOptions,
      migration: (UInt64, UInt64)
    ) {
      self.target = target
      self.sourcePort = sourcePort
      self.rule = rule
      self.transport = transport
      self.migration = migration
    }
  }

  /// What the target may have made of the VM.
  private enum HandOver {
    /// It was not told to run it.
    case pending
    /// It was told to, and may run it.
    case released
    /// It runs it, and cannot have all its pages (post-copy).
    case following
    /// It runs it, and may have all its pages (post-copy).
    case finishing
    /// It runs it, and has all its pages.
    case complete
  }

  private let vm: VirtualMachine
  private let options: Options
  private let progress: MigrationProgress
  private let control: MigrationControl
  private let tracker: any DirtyTracker
  private let digests: PageDigests
  private var figures: MigrationFigures
  private var handOver = HandOver.pending

  /// `tracker`: nil for the best that this host offers.
  public convenience init(
    vm: VirtualMachine, options: Options, progress: MigrationProgress = .init(), control: MigrationControl = .init()
  ) {
    self.init(
      vm: vm, options: options, progress: progress, control: control, tracker: makeDirtyTracker(for: vm.image))
  }

  package init(
    vm: VirtualMachine, options: Options, progress: MigrationProgress, control: MigrationControl,
    tracker: any DirtyTracker
  ) {
    self.vm = vm
    self.options = options
    self.progress = progress
    self.control = control
    self.tracker = tracker
    digests = PageDigests(pageCount: vm.image.pageCount)
    figures = MigrationFigures(
      vm: vm.profile.name, target: options.target.first.map { "\($0)" } ?? "", memoryBytes: UInt64(vm.image.byteCount),
      tracking: tracker.method, transport: options.transport.name, security: options.transport.security.words)
  }

  /// Called once the target has accepted the VM, before the first round: a place to wait for others.
  package var beforeFirstRound: () -> Void = {}
  /// Called when the target takes no more VMs at a time, as long as that is so.
  package var whenBusy: () -> Void = {}
  /// Called after each round's pages were sent and before their arrival is asked for, with the round's number.
  package var afterSending: (Int) -> Void = { _ in }

  /// Migrates the VM, which runs, and returns when it runs on one side again, or has to stay paused here
  /// (`RunningSide.unconfirmed`, `lost`). To be called once.
  public func migrate() -> MigrationFigures {
    do throws(MigrationError) {
      guard !options.target.isEmpty else { throw MigrationError(vm.profile.name, "has no target") }
      let sender = try PageSender(
        vm: vm, digests: digests, hello: Hello(profile: vm.profile, migration: options.migration),
        addresses: options.target, sourcePort: options.sourcePort, options: options.transport, progress: progress,
        control: control)
      do throws(MigrationError) {
        try migrate(over: sender)
        sender.close()
      } catch {
        figures.runsOn = side(after: sender)
        sender.abort(error.fault)
        note(sender)
        throw error
      }
      note(sender)
      progress.enter(figures.verified ? .verified : .failed)
    } catch {
      figures.failure = error.description
      vm.throttle(percent: 0)
      if figures.runsOn == .source { vm.resume() }
      figures.failure! += "; " + outcome
      progress.enter(.failed)
    }
    return figures
  }

  /// Where the VM is after a fault.
  private func side(after sender: PageSender) -> RunningSide {
    switch handOver {
    case .pending: .source
    // As it was at the pause, if what had the memory there is gone before it confirmed that the VM ran.
    case .released: sender.targetLostVM ? .lost : sender.targetIsGone ? .source : .unconfirmed
    case .following: .lost
    case .finishing: sender.targetLostVM || sender.targetIsGone ? .lost : .unconfirmed
    case .complete: .target
    }
  }

  private var outcome: String {
    let name = vm.profile.name
    return switch figures.runsOn {
    case .source: "\(name) runs on here"
    case .target: "\(name) runs on the target"
    case .unconfirmed: "\(name) is the target's, which did not confirm; it stays paused here: look there"
    case .lost:
      "\(name) is lost: it ran on the target without all its pages; its state at the hand-over stays paused here: "
        + "start it anew"
    }
  }

  private func migrate(over sender: PageSender) throws(MigrationError) {
    let opening = now()
    try sender.open(whenBusy: whenBusy)
    figures.openingSeconds = (now() - opening).seconds
    beforeFirstRound()
    try tracker.begin()
    let start = now()
    let written = vm.pagesWritten
    figures.startNanoseconds = start.count
    progress.started(at: start)
    progress.enter(.copying)
    defer { close(at: now()) }

    var dirty = try copyRounds(over: sender)

    let ordered = now()
    progress.enter(.paused)
    vm.pause()
    let pause = vm.lastHeld.flatMap { $0 > start ? $0 : nil } ?? ordered
    let ran = (now() - start).seconds
    figures.dirtyBytesPerSecond = Double((vm.pagesWritten - written) * UInt64(MemoryImage.pageSize)) / ran
    var late = PageRuns()
    try tracker.take(into: &late)
    dirty = dirty.union(late)
    if options.transport.postCopy { return try followUp(dirty, over: sender, from: min(pause, ordered)) }
    try copyLastRound(dirty, over: sender, from: ordered)
    // From here on it must not run on this side, even if the target never hears of it.
    handOver = .released
    try expect(.running, sender.ask(.release))
    (handOver, figures.runsOn) = (.complete, .target)
    let end = now()
    figures.blackoutMilliseconds = Double((end - min(pause, ordered)).count) / 1e6
    close(at: end)
    try verify(over: sender)
  }

  /// Post-copy: hands over, then sends what is left, and compares digests of what the memory was at the pause.
  private func followUp(
    _ pages: PageRuns, over sender: PageSender, from pause: Nanoseconds
  ) throws(MigrationError) {
    let pages = pages.coarse(atMost: Self.mostRuns)
    try expect(.ready, sender.ask(.postCopy(pages)))
    handOver = .released
    try expect(.running, sender.ask(.release))
    handOver = .following
    figures.blackoutMilliseconds = Double((now() - pause).count) / 1e6
    sender.beginPostCopy()
    try copyLastRound(pages, over: sender, from: now())
    (handOver, figures.runsOn) = (.complete, .target)
    close(at: now())
    try verify(over: sender)
  }

  /// As many as fit a record.
  private static let mostRuns = 100_000

  /// Copies while the VM runs; returns the pages that are dirty when it should pause.
  private func copyRounds(over sender: PageSender) throws(MigrationError) -> PageRuns {
    var pages = PageRuns(all: vm.image.pageCount)
    while true {
      let begin = now()
      let before = progress.bytesSent
      let round = figures.rounds.count
      progress.beginRound(round, pages: pages.pageCount)
      // Waiting for the answer makes the round's time true, and what is found dirty after it as fresh as can be.
      let (answer, wanted) = try sender.send(pages, isLast: false) {
        afterSending(round)
        return .roundEnd(round, $0)
      }
      guard case .roundDone = answer else { throw disorder(answer) }
      note(pages.pageCount, bytesBefore: before, since: begin)
      try tracker.take(into: &pages)
      pages = pages.union(wanted)
      figures.throttlePercent = options.rule.throttle(
        figures.throttlePercent, done: figures.rounds, pages: pages.pageCount)
      vm.throttle(percent: figures.throttlePercent)
      if case .pause(let reason) = options.rule.decide(done: figures.rounds, pages: pages.pageCount) {
        figures.convergence =
          figures.throttlePercent > 0 ? "\(reason), its writers slowed down by \(figures.throttlePercent)%" : reason
        return pages
      }
    }
  }

  /// Sends what is left and compares digests. The VM is paused here, and in post-copy runs on the target.
  private func copyLastRound(
    _ pages: PageRuns, over sender: PageSender, from pause: Nanoseconds
  ) throws(MigrationError) {
    let before = progress.bytesSent
    let round = figures.rounds.count
    progress.beginRound(round, pages: pages.pageCount)
    var digest = Digest.zeroPage
    var (answer, _) = try sender.send(pages, isLast: true) {
      afterSending(round)
      digest = digests.whole
      if handOver == .following { handOver = .finishing }
      return .finish(digest, $0)
    }
    if handOver == .finishing, answer != .complete(digest) {
      // A VM that runs there is not given up for a digest that was changed on its own way.
      (answer, _) = try sender.send(PageRuns(), isLast: true) { .finish(digest, $0) }
    }
    guard case .complete(let theirs) = answer else { throw disorder(answer) }
    note(pages.pageCount, bytesBefore: before, since: pause)
    guard theirs == digest else {
      // The target compares as well: it knows that it does not have all pages, and drops the VM.
      if handOver == .finishing { handOver = .following }
      throw MigrationError(
        place, "digests differ: the target's memory has \(theirs), not \(digest); the stream was changed on its way",
        fix: "check the path")
    }
  }

  /// Reads the paused memory once more, after the hand-over so that it costs no blackout: what was sent must be what
  /// the VM had, page for page, or the tracking missed a write.
  private func verify(over sender: PageSender) throws(MigrationError) {
    let mismatches = digests.mismatches(in: vm.image)
    // The VM runs there whether or not the target hears the verdict.
    _ = try? sender.ask(.verdict(mismatchingPages: mismatches))
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

  private func note(_ sender: PageSender) {
    figures.connections = sender.connectionFigures
    figures.sourcePort = figures.connections.first?.sourcePort ?? 0
    figures.compression = sender.compressionFigures
    figures.zeroPages = sender.zeroPages
    figures.duplicatePages = sender.duplicatePages
    figures.cpuSeconds = sender.cpuSeconds
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

  private func expect(_ record: ControlRecord, _ answer: ControlRecord) throws(MigrationError) {
    guard answer == record else { throw disorder(answer) }
  }

  private func disorder(_ answer: ControlRecord) -> MigrationError {
    MigrationError(place, "the target answers out of order, with \(answer)")
  }

  private var place: String { "\(vm.profile.name) to \(options.target[0])" }
  private func now() -> Nanoseconds { Nanoseconds(ml_monotonic_ns()) }
}
