import CLinux
import Glibc
import Synchronization
import Units

/// Sends pages and records over the connections of one migration, and makes connections that are cut anew.
///
/// Threads of its own encode batches and send each over whichever connection is free; everything else happens in the
/// thread of the caller, and needs connection 0.
package final class PageSender {
  /// The VM does not run there and never will: nobody at any of the addresses listens or knows of the migration, or the
  /// target says that it ended before the VM ran.
  package internal(set) var targetIsGone = false
  /// The target says that it ran the VM and dropped it before it had all pages.
  package internal(set) var targetLostVM = false

  let place: String
  private let addresses: [Endpoint]
  let sourcePort: UInt16?
  let options: TransportOptions
  let context: TLSContext?
  let progress: MigrationProgress
  let control: MigrationControl
  let dispatcher: Dispatcher
  private let compression: CompressionControl
  private let pacer: Pacer?
  let image: MemoryImage
  private let digests: PageDigests
  private let duplicates: DuplicateIndex?
  let counts = Counts()
  var hello: Hello
  var channels: [Channel] = []
  var threads: [JoinableThread] = []
  /// When the target last acknowledged anything, what it had acknowledged then, and the last trouble on the way.
  var lastAlive = Nanoseconds(0)
  var lastAcknowledged: UInt64 = 0
  var fault: MigrationError?
  /// What is sent is all that the VM waits for, standing still or at its target.
  private(set) var isLastRound = false
  /// The user's pause is for rounds during which the VM runs on.
  var isPaused: Bool { control.isPaused && !isLastRound }
  /// The VM runs on the other side: nobody can go back.
  var isCommitted = false
  var wants: TCPConnection?
  /// No other address, and no later time, will do better.
  var isFinal = false

  /// What the threads count.
  final class Counts: Sendable {
    let zeroPages = Atomic<UInt64>(0)
    let duplicatePages = Atomic<UInt64>(0)
    let cpu = Atomic<UInt64>(0)
    /// Pages the target asked for again are sent whole.
    let wantsWhole = Atomic<Bool>(false)
  }

  package init(
    vm: VirtualMachine, digests: PageDigests, hello: Hello, addresses: [Endpoint], sourcePort: UInt16?,
    options: TransportOptions, progress: MigrationProgress, control: MigrationControl
  ) throws(MigrationError) {
    place = vm.profile.name
    self.addresses = addresses
    self.sourcePort = sourcePort
    self.options = options
    self.progress = progress
    self.control = control
    self.digests = digests
    self.hello = hello
    image = vm.image
    context = try TLSContext(options.security, side: .source)
    pacer = options.bandwidth.map(Pacer.init)
    duplicates = options.eliminatesDuplicates ? DuplicateIndex(pageCount: vm.image.pageCount) : nil
    let paths = options.usesAllPaths ? addresses.count : 1
    let count = options.pageConnections(paths: addresses.count)
    channels = (0..<count).map { number in
      // The first of a path's connections prefers it, all others stay on it, so that links fill side by side.
      let own = options.usesAllPaths ? number % paths : 0
      let others = number == 0 || !options.usesAllPaths ? addresses : []
      return Channel(number: number, addresses: [addresses[own]] + others.filter { $0 != addresses[own] })
    }
    dispatcher = Dispatcher(connections: count)
    let cpus = Int(sysconf(Int32(_SC_NPROCESSORS_ONLN)))
    compression = CompressionControl(
      options.compression, threads: max(1, min(cpus, Self.mostThreads)), connections: count)
    self.hello.connections = count + (options.postCopy ? 1 : 0)
  }

  private static let mostThreads = 16
  /// How long a thread that may not compress waits before it asks again.
  private static let sitOut: UInt64 = 2_000_000

  // MARK: Begin

  /// Connects and greets. Throws the target's words when it refuses; waits while it is busy.
  package func open(whenBusy: () -> Void) throws(MigrationError) {
    let first = channels[0]
    while true {
      try checkCancelled()
      if try connect(first, resumes: false) { break }
      whenBusy()
      ml_sleep_ns(50_000_000)
    }
    dispatcher.giveBack(first)
    var silent: Set<Endpoint> = []
    for channel in channels.dropFirst() {
      let began = now()
      if !silent.contains(channel.addresses[0]), (try? connect(channel, resumes: true)) != nil {
        dispatcher.giveBack(channel)
        continue
      }
      // A path that does not answer now may later; one that lets wait for it is asked once.
      let isSlow = now() - began > min(.milliseconds(500), Nanoseconds(options.patience.count / 2))
      if isSlow { silent.insert(channel.addresses[0]) }
      channel.nextAttempt = now() + Self.retryPath
      dispatcher.broke(channel)
    }
    hello.resumes = true
    if options.postCopy { try openWants() }
    lastAlive = now()
    let workers = compression.isOff ? channels.count : max(channels.count, compression.threads)
    threads += (0..<workers).map { number in
      JoinableThread(name: "send") { [worker = worker(number)] in worker() }
    }
  }

  // MARK: Pages

  /// What a thread does: encodes a batch, waits for its turn, sends it over the first free connection.
  private func worker(_ number: Int) -> @Sendable () -> Void {
    let (dispatcher, compression, pacer, progress, counts) = (dispatcher, compression, pacer, progress, counts)
    let (image, digests, duplicates, options) = (image, digests, duplicates, options)
    return {
      let whole = PageEncoder(image: image, digests: digests, duplicates: nil, control: compression)
      let encoder =
        duplicates.map { PageEncoder(image: image, digests: digests, duplicates: $0, control: compression) } ?? whole
      let batch = PageBatch()
      while true {
        guard let level = compression.level(thread: number, at: Nanoseconds(ml_monotonic_ns())) else {
          if dispatcher.isOver { break }
          ml_sleep_ns(Self.sitOut)
          continue
        }
        guard let runs = dispatcher.takePages() else { break }
        (counts.wantsWhole.load(ordering: .relaxed) ? whole : encoder).encode(runs, at: level, into: batch)
        pacer?.wait(bytes: batch.byteCount)
        var channel = dispatcher.takeChannel()
        do throws(MigrationError) {
          try channel?.send(
            batch, of: image,
            unsentLimit: options.unsentLimit(compressionIsSettled: compression.isSettledOnNone))
        } catch {
          if let broken = channel { dispatcher.broke(broken) }
          channel = nil
        }
        counts.zeroPages.wrappingAdd(UInt64(batch.zeroPages), ordering: .relaxed)
        counts.duplicatePages.wrappingAdd(UInt64(batch.duplicatePages), ordering: .relaxed)
        progress.sent(batch.byteCount, pages: batch.pageCount)
        compression.sent(
          level, guestBytes: batch.guestBytes, wireBytes: batch.byteCount, acknowledged: progress.acknowledged,
          at: Nanoseconds(ml_monotonic_ns()))
        dispatcher.finished(channel)
      }
      counts.cpu.wrappingAdd(ml_thread_cpu_ns(), ordering: .relaxed)
    }
  }

  /// Returns once everything was given to a connection.
  private func drain(isLast: Bool) throws(MigrationError) {
    isLastRound = isLast
    while true {
      try checkCancelled()
      dispatcher.setPaused(isPaused)
      let time = now()
      switch dispatcher.wait(until: time + .milliseconds(50), now: time) {
      case .drained: return
      case .broken(let channels):
        for channel in channels { drop(channel) }
        // One at a time: it may take seconds to learn that a path swallows everything, and the round waits meanwhile.
        guard let channel = channels.first(where: { $0.number == 0 }) ?? channels.first else { break }
        // The paused VM does not wait at all for a path that others can stand in for.
        if isLast, channel.number != 0, dispatcher.hasConnection {
          for channel in channels where channel.number != 0 { channel.nextAttempt = now() + Self.retryPath }
        } else {
          try mend(channel)
        }
      case .nothing: break
      }
      noteProgress()
    }
  }

  /// Sends pages, then a request that carries the count of records on each connection, until the target has
  /// everything; returns its answer and the pages that it asks for again. `isLast`: those are sent here as well.
  package func send(
    _ pages: PageRuns, isLast: Bool, asking request: (ConnectionCounts) -> ControlRecord
  ) throws(MigrationError) -> (answer: ControlRecord, wanted: PageRuns) {
    dispatcher.add(pages.runs)
    defer { counts.wantsWhole.store(isCommitted, ordering: .relaxed) }
    while true {
      try drain(isLast: isLast)
      // Connection 0 stands for the request itself, which its own order vouches for.
      let ends: [UInt32] = hello.connections > channels.count ? [0] : []
      let records = channels.map { $0.number == 0 ? 0 : $0.sent } + ends
      let closed = channels.map { $0.number != 0 && $0.connection == nil } + ends.map { _ in false }
      guard let answer = try exchange(request(ConnectionCounts(records: records, closed: closed))) else { continue }
      guard case .roundDone(let received, let wanted) = answer else {
        for channel in channels { channel.confirmed() }
        return (answer, PageRuns())
      }
      var lost: [PageRun] = []
      for (channel, count) in zip(channels, received) where channel.number != 0 && count < channel.sent {
        drop(channel)
        channel.nextAttempt = now() + Self.retryPath
        lost += channel.lost(received: count)
      }
      let again = PageRuns(pages: Set(wanted.filter { $0 < image.pageCount }))
      if lost.isEmpty, again.isEmpty || !isLast {
        for channel in channels { channel.confirmed() }
        return (answer, again)
      }
      counts.wantsWhole.store(true, ordering: .relaxed)
      dispatcher.add(lost + again.runs)
    }
  }

  // MARK: Records

  /// Sends a record behind everything sent before it and returns the answer, however often connection 0 is cut. The VM
  /// stands still, or runs at its target already.
  package func ask(_ record: ControlRecord) throws(MigrationError) -> ControlRecord {
    isLastRound = true
    while true {
      if let answer = try exchange(record) { return answer }
    }
  }

  /// nil: pages sent before were lost and are queued again, and the record was not received.
  private func exchange(_ record: ControlRecord) throws(MigrationError) -> ControlRecord? {
    let first = channels[0]
    var number: UInt32?
    // What was said before may be long ago: a round can take its time, and so can a user.
    if first.connection != nil { lastAlive = now() }
    while true {
      if record.canBeCancelled { try checkCancelled() }
      guard let reader = first.reader, first.connection != nil else {
        // Records that the target must have before this one.
        let before = number ?? first.sent
        try mend(first)
        guard first.connection != nil else {
          ml_sleep_ns(Self.retryFirst.count)
          continue
        }
        // Not by what is sent: threads may send again already what was lost.
        if first.received > before { continue }
        number = nil
        if first.received < before { return nil }
        continue
      }
      do throws(MigrationError) {
        if number == nil {
          number = first.sent
          progress.sent(try first.send(record), pages: 0)
        }
        let answer = try reader.nextControl()
        lastAlive = now()
        hello.replies = reader.sequence
        return answer
      } catch {
        fault = error
        noteProgress()
        drop(first)
      }
    }
  }

  private func checkCancelled() throws(MigrationError) {
    if control.isCancelled, !isCommitted { throw MigrationError(place, "cancelled by the user") }
  }

  // MARK: End

  /// Ends in good order, once the target has said `done`.
  package func close() {
    endThreads()
    for channel in channels {
      guard let connection = channel.connection else { continue }
      if channel.number == 0 { connection.awaitEnd() }
      progress.disconnected(descriptor: connection.descriptor)
      connection.close()
    }
  }

  /// Ends at once, and tells the target why if it can be told.
  package func abort(_ reason: String) {
    for channel in channels.dropFirst() { channel.connection?.shutdown() }
    dispatcher.end()
    // A thread that is in the middle of a batch on connection 0 is let finish: half a record could not be followed.
    endThreads()
    if let first = channels.first, first.connection != nil { _ = try? first.send(.cancel(reason)) }
    for channel in channels {
      guard let connection = channel.connection else { continue }
      progress.disconnected(descriptor: connection.descriptor)
      connection.close()
    }
  }

  private func endThreads() {
    dispatcher.end()
    wants?.shutdown()
    for thread in threads { thread.join() }
    threads = []
  }

  // MARK: Figures

  package var connectionFigures: [ConnectionFigures] { channels.map(\.figures) }
  package var compressionFigures: CompressionFigures? { compression.figures }
  package var zeroPages: UInt64 { counts.zeroPages.load(ordering: .relaxed) }
  package var duplicatePages: UInt64 { counts.duplicatePages.load(ordering: .relaxed) }
  /// Of the threads that send; known once they have ended.
  package var cpuSeconds: Double { Double(counts.cpu.load(ordering: .relaxed)) / 1e9 }

  func now() -> Nanoseconds { Nanoseconds(ml_monotonic_ns()) }
}
