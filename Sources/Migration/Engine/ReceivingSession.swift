import CLinux
import Glibc
import Units

/// Receives one VM over any number of connections, each served by a thread of its own.
///
/// The VM runs here from the moment the source has said `release`, which it says only after both digests were equal, or
/// in post-copy before the last pages follow. Before it, every fault ends with the memory dropped; in post-copy also
/// behind it, as long as pages are missing: then the VM is lost. A connection that is cut may come back until the
/// source has been away for too long.
final class ReceivingSession: Sendable {
  enum Phase { case receiving, running, over }

  struct Slot {
    var connection: TCPConnection?
    /// A thread serves it.
    var isServed = false
    /// Connections that wait to take its place.
    var claims = 0
    /// Records taken in.
    var received: UInt32 = 0
  }

  struct State {
    var slots: [Slot]
    var phase = Phase.receiving
    var figures: ReceivedFigures
    /// Taken in, not answered yet.
    var pending: ControlRecord?
    var replies: UInt32 = 0
    var lastReply: ControlRecord?
    var duplicates: [DuplicatePage] = []
    /// All memory is here, as the source has it.
    var isEqual = false
    /// The VM, its memory and the digests of its pages, until the session is over.
    var vm: VirtualMachine?
    var digests: PageDigests?
    /// When the source's digest came, or its list of the pages that follow: what is left is the hand-over.
    var finished: UInt64 = 0
    /// In post-copy, until all pages are here.
    var missing: MissingPages?
    /// Pages that writers wait for, to be told to the source.
    var wanted: [Int] = []
    /// The source knows how it ended.
    var isSettled = false
    /// Nobody is connected since then.
    var idleSince: Nanoseconds?
  }

  let migration: [UInt64]
  let profile: VMProfile
  let monitor: Monitor<State>
  private let started: UInt64
  /// Called once, when the session is over.
  private let ended: @Sendable (ReceivingSession) -> Void

  /// Makes the memory, which the budget has granted.
  init(
    _ hello: Hello, from peer: Endpoint, ended: @escaping @Sendable (ReceivingSession) -> Void
  ) throws(MigrationError) {
    migration = hello.migration
    profile = hello.profile
    self.ended = ended
    let image = try MemoryImage(byteCount: Int(profile.memory.count), name: profile.name)
    started = ml_monotonic_ns()
    let vm = VirtualMachine(profile: profile, image: image)
    // Its threads are made now and wait: making them in the blackout would lengthen it.
    vm.startPaused()
    monitor = Monitor(
      State(
        slots: Array(repeating: Slot(), count: hello.connections),
        figures: ReceivedFigures(vm: profile.name, source: "\(peer)", memoryBytes: profile.memory.count), vm: vm,
        digests: PageDigests(pageCount: image.pageCount)))
  }

  var figures: ReceivedFigures { monitor.with { $0.figures } }
  /// The VM, when it runs here.
  var runningVM: VirtualMachine? { monitor.with { $0.figures.runsOn == .target ? $0.vm : nil } }
  /// Gives the VM away, when it runs here: the session keeps nothing but its last answer.
  func takeRunningVM() -> VirtualMachine? {
    monitor.with { state in
      guard state.figures.runsOn == .target else { return nil }
      defer { state.vm = nil }
      return state.vm
    }
  }

  // MARK: Connections

  var isOver: Bool { monitor.with { $0.phase == .over } }
  /// The source knows how it ended.
  var isSettled: Bool { monitor.with { $0.isSettled } }

  /// Serves one connection until it ends. Returns when its thread has nothing left to do.
  func serve(_ connection: TCPConnection, _ hello: Hello) {
    let number = hello.connection
    guard hello.connections == monitor.with({ $0.slots.count }) else {
      _ = try? connection.send(HelloAnswer.refused("the migration has another number of connections").encoded)
      return
    }
    let refusal = claim(number, for: connection)
    defer { leave(number) }
    do throws(MigrationError) {
      if let refusal {
        try connection.send(refusal.encoded)
        return monitor.with { $0.isSettled = true }
      }
      let (received, vm, digests) = monitor.with { ($0.slots[number].received, $0.vm, $0.digests) }
      try connection.send(HelloAnswer.accepted(received: received).encoded)
      guard let image = vm?.image, let digests else { return try repeatReply(to: connection, hello) }
      if hello.wants { return try tellWanted(over: connection, number) }
      let receiver = PageReceiver(connection, sequence: received, image: image, digests: digests) { [monitor] in
        monitor.with { $0.missing }
      }
      if number == 0 {
        try repeatReply(to: connection, hello)
        try serveControl(receiver, connection)
      } else {
        while true { try take(try receiver.reader.nextHeader(), by: receiver, number) }
      }
    } catch {
      if error.code == EBADMSG { end(failure: error.description) }
    }
  }

  /// Waits for the slot, whose former connection it ends. Returns what to say when the session is over and the VM is
  /// not here.
  private func claim(_ number: Int, for connection: TCPConnection) -> HelloAnswer? {
    monitor.with {
      $0.slots[number].claims += 1
      $0.slots[number].connection?.shutdown()
    }
    return monitor.wait { state -> HelloAnswer?? in
      guard !state.slots[number].isServed else { return nil }
      state.slots[number].claims -= 1
      state.slots[number].isServed = true
      state.slots[number].connection = connection
      state.idleSince = nil
      guard state.phase == .over, state.figures.runsOn != .target else { return .some(nil) }
      let failure = state.figures.failure ?? ""
      let answer: HelloAnswer = state.figures.runsOn == .lost ? .lost(failure) : .refused(failure)
      return .some(answer)
    } ?? nil
  }

  private func leave(_ number: Int) {
    monitor.with {
      $0.slots[number].isServed = false
      $0.slots[number].connection = nil
      if !$0.slots.contains(where: \.isServed) { $0.idleSince = Nanoseconds(ml_monotonic_ns()) }
    }
  }

  /// Ends connections whose session is over, and sessions whose source has been away for too long.
  func lookAfter(at now: Nanoseconds, patience: Nanoseconds) {
    let isAbandoned = monitor.with { state -> Bool in
      guard state.phase != .over, let since = state.idleSince else { return false }
      return now > since + patience
    }
    if isAbandoned { end(failure: "\(profile.name): the source went away") }
  }

  /// Ends the session; nil: in good order. What is received is dropped, unless the VM runs here and has all its pages.
  /// `isStopped`: the VM is about to be stopped all the same.
  func end(failure: String?, isCancelled: Bool = false, isStopped: Bool = false) {
    let isFirst = monitor.with { state -> Bool in
      guard state.phase != .over else { return false }
      state.figures.runsOn = state.phase != .running ? .source : state.missing == nil ? .target : .lost
      state.phase = .over
      state.isSettled = failure == nil || isCancelled
      state.figures.verified = failure == nil && state.figures.failure == nil
      if let failure {
        state.figures.failure = "\(failure); \(profile.name) \(Self.outcome(state.figures.runsOn, isStopped))"
      }
      if failure != nil { for slot in state.slots { slot.connection?.shutdown() } }
      return true
    }
    guard isFirst else { return }
    endMissing()
    let dropped = monitor.with { state -> VirtualMachine? in
      (state.digests, state.duplicates, state.wanted) = (nil, [], [])
      guard state.figures.runsOn != .target else { return nil }
      defer { state.vm = nil }
      return state.vm
    }
    dropped?.stop()
    ended(self)
  }

  private static func outcome(_ side: RunningSide, _ isStopped: Bool) -> String {
    switch side {
    case .target: isStopped ? "ran here and is stopped with it" : "runs on here"
    case .lost: "is lost: it ran here without all its pages; the source has its state at the hand-over"
    default: "runs on the source"
    }
  }

  // MARK: Records

  private func take(_ header: RecordHeader, by receiver: PageReceiver, _ number: Int) throws(MigrationError) {
    let duplicates = try receiver.take(header)
    monitor.with {
      $0.slots[number].received &+= 1
      $0.figures.bytes += UInt64(WireFormat.recordHeaderLength) + header.bodyLength
      $0.duplicates += duplicates
      $0.isEqual = false
    }
  }

  /// The last answer, when the source does not have it.
  private func repeatReply(to connection: TCPConnection, _ hello: Hello) throws(MigrationError) {
    let again = monitor.with { $0.replies == hello.replies &+ 1 ? $0.lastReply : nil }
    if let again { try connection.send(again.encoded(sequence: hello.replies)) }
  }

  private func serveControl(_ receiver: PageReceiver, _ connection: TCPConnection) throws(MigrationError) {
    while true {
      if let pending = monitor.with({ $0.pending }) {
        guard let answer = try answer(pending) else { return }
        let number = monitor.with { state in
          defer { state.replies &+= 1 }
          (state.pending, state.lastReply) = (nil, answer)
          return state.replies
        }
        let isDone = answer == .done
        if isDone { end(failure: nil) }
        try connection.send(answer.encoded(sequence: number))
        if isDone { return }
      }
      let header = try receiver.reader.nextHeader()
      if header.kind.carriesPages {
        try take(header, by: receiver, 0)
      } else {
        let record = try receiver.reader.control(header)
        monitor.with {
          $0.slots[0].received &+= 1
          $0.figures.bytes += UInt64(WireFormat.recordHeaderLength) + header.bodyLength
          $0.pending = record
        }
      }
    }
  }

  /// nil: another connection shall answer, or the session is over.
  private func answer(_ request: ControlRecord) throws(MigrationError) -> ControlRecord? {
    switch request {
    case .roundEnd(_, let counts):
      return try waitFor(counts).map { .roundDone(received: $0, wanted: copyDuplicates()) }
    case .finish(let theirs, let counts):
      guard let received = try waitFor(counts) else { return nil }
      let wanted = copyDuplicates()
      if !wanted.isEmpty || zip(received, counts.records).contains(where: { $0 < $1 }) {
        return .roundDone(received: received, wanted: wanted)
      }
      guard let ours = monitor.with({ $0.digests })?.whole else { return nil }
      if ours == theirs { endMissing() }
      monitor.with {
        $0.finished = ml_monotonic_ns()
        $0.isEqual = ours == theirs
        $0.figures.digest = "\(ours)"
      }
      return .complete(ours)
    case .postCopy(let pages): return try prepare(pages)
    case .release: return try release()
    case .verdict(let mismatches):
      // The source has found the digests equal, also when its own was changed on its way here.
      endMissing()
      if mismatches > 0 {
        monitor.with { $0.figures.failure = "\(profile.name): the source found \(mismatches) pages wrong" }
      }
      return .done
    case .cancel(let reason):
      end(failure: "\(figures.source): the source cancels: \(reason)", isCancelled: true)
      return nil
    default: throw .corrupt(figures.source, "\(request) from a source")
    }
  }

  /// Waits until all records are in that were sent, on connections that live; returns how many there are on each. nil:
  /// connection 0 is made anew, or the session is over.
  private func waitFor(_ counts: ConnectionCounts) throws(MigrationError) -> [UInt32]? {
    guard monitor.with({ $0.slots.count }) == counts.records.count else {
      throw .corrupt(figures.source, "counts of \(counts.records.count) connections")
    }
    monitor.with { state in
      for (slot, isClosed) in zip(state.slots, counts.closed) where isClosed { slot.connection?.shutdown() }
    }
    var before: [UInt32] = []
    while true {
      let deadline = Nanoseconds(ml_monotonic_ns()) + TCPConnection.stall
      let received = monitor.wait(until: deadline) { state -> [UInt32]?? in
        if state.phase == .over || state.slots[0].claims > 0 { return .some(nil) }
        for (number, slot) in state.slots.enumerated() where number > 0 && slot.isServed {
          if counts.closed[number] || slot.received < counts.records[number] { return nil }
        }
        return state.slots.map(\.received)
      }
      if let received { return received }
      let now = monitor.with { $0.slots.map(\.received) }
      if now == before {
        // Nothing moves: what is behind is behind a path that is cut.
        monitor.with { state in
          for (number, slot) in state.slots.enumerated() where slot.received < counts.records[number] {
            slot.connection?.shutdown()
          }
        }
      }
      before = now
    }
  }

  /// Copies the pages that equal others, now that those are here; returns pages for which that is not so.
  private func copyDuplicates() -> [Int] {
    let (duplicates, vm, table) = monitor.with { state in
      defer { state.duplicates = [] }
      return (state.duplicates, state.vm, state.digests)
    }
    guard let image = vm?.image, let digests = table else { return [] }
    let size = MemoryImage.pageSize
    return duplicates.compactMap { one in
      guard digests[one.owner] == one.digest else { return one.page }
      image.page(one.page).copyMemory(from: image.page(one.owner), byteCount: size)
      digests[one.page] = Digest(of: image.page(one.page), count: size)
      return digests[one.page] == one.digest ? nil : one.page
    }.prefix(ControlRecord.mostWanted).map { $0 }
  }

  /// The hand-over.
  private func release() throws(MigrationError) -> ControlRecord? {
    guard monitor.with({ $0.missing != nil || $0.isEqual }) else {
      throw .corrupt(figures.source, "it goes on although the digests differ")
    }
    // A stop of the target comes before or after, not between.
    let isOurs = monitor.with { state -> Bool in
      guard state.phase == .receiving else { return false }
      state.phase = .running
      state.figures.runsOn = .target
      state.vm?.resume()
      let now = ml_monotonic_ns()
      state.figures.seconds = Double(now - started) / 1e9
      state.figures.handOverMilliseconds = Double(now - state.finished) / 1e6
      return true
    }
    return isOurs ? .running : nil
  }
}

extension RecordKind {
  /// Belongs to the pages, may come over any connection.
  var carriesPages: Bool { self == .pages || self == .zeroPages || self == .compressed || self == .duplicates }
}
