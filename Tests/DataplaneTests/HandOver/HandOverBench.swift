import CMillraceABI
import Dataplane
import Ports
import Rings
import Units
import Wire

/// Workers that hand entries over, and around them in memory what they meet: an XDP program that looks up a table, a
/// driver that publishes what the program gave, receivers that queue on the CPU that transmits, and control. Nothing
/// moves unless a test moves it, so that a test chooses every interleaving.
///
/// Stream i is input port i; all flows leave by the last port. Flow f of a stream has entry f % entries.
final class HandOverBench {
  struct Options {
    var workers = 2
    var streams = 1
    var entries = 2
    /// The driver publishes a poll's frames at its end, socket after socket, and the program numbers them; else each
    /// frame is published at once, without a number.
    var isNative = true
    /// Frames a ring of the kernel holds.
    var ringSize = 64
    /// Control tells the workers of moves.
    var announcesMoves = true
    /// What each stream's port may send; nil: no bandwidth management.
    var maximum: BitRate?
  }

  private struct Given {
    var frame: [UInt8]
    var steering: mr_frame_metadata
  }

  /// A move under way.
  private struct UnderWay {
    enum Stage { case grace, leaving, closing }
    var stage = Stage.grace
    /// nil: every entry of the queue that `from` had.
    var entry: Int?
    var from: Int
    var to: Int
    var place: Int
    /// Of each stream, the poll that ran when the move was made.
    var polls: [Int]
    var request: UInt64 = 0
  }

  let options: Options
  private let pool: FramePool
  private let handOver: HandOverTable
  private let fdb: FDB
  private let workers: UnsafeMutablePointer<Worker>
  /// Index: port, worker; the last port is the output.
  private var ports: [[MemoryPort]] = []
  private var entries: [PortEntry] = []
  private var table: ForwardingTable
  private var bandwidth: BandwidthState?
  private var now: UInt64 = 1_000_000_000

  private(set) var entryWorker: [Int]
  /// The one that frames are steered by.
  private var arrangement: UInt8 = 0
  /// Index: stream, worker: given in the poll that runs, not yet published. Sockets in the order they were first given to.
  private var unpublished: [[[Given]]]
  private var flushOrder: [[Int]]
  /// Index: stream. The poll that runs or runs next; and whether it is at its end, where no frame joins it.
  private var poll: [Int]
  private var isEnding: [Bool]
  private var underWay: [UnderWay] = []
  private var sequence: UInt32 = 0

  private var nextNumber: [Int: UInt32] = [:]
  private var newest: [Int: UInt32] = [:]
  private(set) var sent = 0
  /// Frames that found the kernel's ring full.
  private(set) var overrun = 0
  private(set) var delivered = 0
  private(set) var outOfOrder = 0
  private(set) var moves = 0
  private(set) var report = MoveReport()

  init(_ options: Options) throws {
    self.options = options
    let pool = FramePool(arena: try FrameArena(size: Bytes(64 << 20)))
    self.pool = pool
    handOver = HandOverTable(workers: options.workers, toeplitz: ToeplitzTable())
    fdb = FDB(addresses: 64)
    workers = .allocate(capacity: options.workers)
    for i in 0..<options.workers {
      (workers + i).initialize(to: Worker(index: i, pool: pool, handOver: handOver))
    }
    for _ in 0...options.streams {
      let own = (0..<options.workers).map { _ in MemoryPort(pool: pool) }
      if options.isNative { for port in own { port.rings.pointee.given = 0 } }
      ports.append(own)
      entries.append(PortEntry(workers: options.workers) { own[$0].io() })
    }
    table = ForwardingTable(entries: [], fdb: fdb)
    fdb.insertStatic(MACAddress(value: Self.receiver), vlan: 0, port: PortID(UInt16(options.streams)))
    entryWorker = (0..<options.entries).map { $0 % options.workers }
    unpublished = Array(
      repeating: Array(repeating: [], count: options.workers), count: options.streams)
    flushOrder = Array(repeating: [], count: options.streams)
    poll = Array(repeating: 0, count: options.streams)
    isEnding = Array(repeating: false, count: options.streams)
    changePlan()
  }

  deinit {
    for entry in entries { entry.free(workers: options.workers) }
    workers.deinitialize(count: options.workers)
    workers.deallocate()
    fdb.deallocate()
  }

  private static let receiver = station(900)

  // MARK: The kernel's side

  /// The XDP program and the driver's receive path run for the next frame of a flow.
  func give(stream: Int, flow: Int) {
    while isEnding[stream] { publish(stream) }
    let key = stream << 16 | flow
    let number = nextNumber[key, default: 1]
    nextNumber[key] = number + 1
    sent += 1
    let entry = flow % options.entries
    let worker = entryWorker[entry]
    var steering = mr_frame_metadata()
    steering.flags = UInt16(MR_META_HASHED | (arrangement == 1 ? MR_META_SECOND : 0))
    steering.hash = UInt32(entry)
    steering.queue = 1
    let frame = ethernet(
      to: Self.receiver, from: station(1 + stream),
      payload: big16(key >> 16) + big16(key & 0xFFFF) + big16(Int(number >> 16)) + big16(Int(number & 0xFFFF))
        + [UInt8](repeating: 0, count: 38))
    let rings = ports[stream][worker].rings
    if let given = rings.pointee.given {
      rings.pointee.given = given &+ 1
      steering.number = given &+ 1
    }
    let waiting = Int(rings.pointee.receiveProduced &- rings.pointee.receiveConsumed)
    guard waiting + unpublished[stream][worker].count < options.ringSize else {
      rings.pointee.dropped &+= 1
      overrun += 1
      return
    }
    // As __xsk_map_redirect does: the socket given to last is flushed first.
    if unpublished[stream][worker].isEmpty { flushOrder[stream].insert(worker, at: 0) }
    unpublished[stream][worker].append(Given(frame: frame, steering: steering))
    if !options.isNative { while isPolling(stream) { publish(stream) } }
  }

  /// The program gives a worker a frame that the driver loses without a word.
  func lose(stream: Int, worker: Int) {
    guard let given = ports[stream][worker].rings.pointee.given else { return }
    ports[stream][worker].rings.pointee.given = given &+ 1
  }

  func isPolling(_ stream: Int) -> Bool { !flushOrder[stream].isEmpty }

  /// The poll ends: publishes the next socket's ring.
  func publish(_ stream: Int) {
    let worker = flushOrder[stream].removeFirst()
    for given in unpublished[stream][worker] {
      let taken = ports[stream][worker].inject(given.frame, steering: given.steering)
      precondition(taken, "the arena or the ring is too small for this test")
    }
    unpublished[stream][worker] = []
    isEnding[stream] = isPolling(stream)
    if !isPolling(stream) { poll[stream] += 1 }
  }

  /// The receiver works off what waits on a worker's CPU.
  func deliver(from worker: Int) {
    while let frame = ports[options.streams][worker].take() {
      delivered += 1
      func word(_ at: Int) -> Int { Int(frame[14 + at]) << 8 | Int(frame[15 + at]) }
      let key = word(0) << 16 | word(2)
      let number = UInt32(word(4) << 16 | word(6))
      if number <= newest[key, default: 0] { outOfOrder += 1 }
      newest[key] = max(number, newest[key, default: 0])
    }
  }

  // MARK: The switch's side

  func pass(_ worker: Int) {
    now += 1000
    _ = workers[worker].pass(table, now: now)
  }

  /// Bandwidth management begins, or goes on under a new plan of the same rates.
  func changePlan() {
    let plan = options.maximum.map { maximum in
      var plan = BandwidthPlan(ports: (0...options.streams).map { .init(index: $0) })
      for stream in 0..<options.streams { plan.ports[stream].maximum = maximum }
      return plan
    }
    bandwidth = plan.map { BandwidthState($0, workers: options.workers, heldChunks: 4000, after: bandwidth) }
    let next = ForwardingTable(
      entries: entries.enumerated().map { (port: $0.offset, entry: $0.element) }, fdb: fdb, bandwidth: bandwidth)
    for worker in 0..<options.workers { workers[worker].adopt(next, after: table) }
    // The one before lives until no worker uses it.
    table = next
  }

  /// Time goes by.
  func wait(nanoseconds: UInt64) { now += nanoseconds }

  /// Begins a move, unless one of the entry is under way. False when nothing was done.
  @discardableResult func move(entry: Int, to worker: Int) -> Bool {
    let from = entryWorker[entry]
    guard from != worker, !underWay.contains(where: { $0.entry == nil || $0.entry == entry }) else { return false }
    guard announce(entry: entry, from: from, to: worker) else { return false }
    entryWorker[entry] = worker
    return true
  }

  /// Begins a move of all that a worker has of the queue, unless anything of it is moving. False when nothing was done.
  @discardableResult func moveQueue(from: Int, to worker: Int) -> Bool {
    guard from != worker, entryWorker.contains(from), underWay.isEmpty else { return false }
    guard announce(entry: nil, from: from, to: worker) else { return false }
    entryWorker = entryWorker.map { $0 == from ? worker : $0 }
    return true
  }

  /// Begins a new arrangement by which entries are the workers' as told, unless anything is under way. False when nothing
  /// was done.
  @discardableResult func rearrange(_ owners: [Int]) -> Bool {
    guard underWay.isEmpty else { return false }
    arrangement = 1 - arrangement
    for to in 0..<options.workers {
      for from in 0..<options.workers where from != to {
        let move = Move(sequence: sequence + 1, arrangement: arrangement, from: UInt8(from))
        guard announce(move, entry: nil, to: to) else { return false }
      }
    }
    entryWorker = owners
    return true
  }

  private func announce(entry: Int?, from: Int, to worker: Int) -> Bool {
    let move = Move(
      sequence: sequence + 1, queue: 1, entry: entry.map { UInt8($0) } ?? Move.wholeQueue, from: UInt8(from))
    return announce(move, entry: entry, to: worker)
  }

  private func announce(_ move: Move, entry: Int?, to worker: Int) -> Bool {
    sequence += 1
    if options.announcesMoves {
      guard let place = handOver.begin(move, to: worker) else { return false }
      handOver.made(place: place, at: worker)
      underWay.append(UnderWay(entry: entry, from: Int(move.from), to: worker, place: place, polls: poll))
    }
    moves += 1
    return true
  }

  /// Frames that are nowhere any more: of the kernel's ring, and of those that wait for a rate.
  var dropped: Int {
    let counters = entries[options.streams].counters
    return overrun + Int(counters[.dropQueueFull] + counters[.dropAQM])
  }

  var isSettled: Bool { underWay.isEmpty }

  /// Control takes the next step with each move under way, if it can.
  func settle() {
    for i in underWay.indices.reversed() {
      let move = underWay[i]
      switch move.stage {
      case .grace:
        // A grace period ends when no program or poll runs that began before.
        guard (0..<options.streams).allSatisfy({ poll[$0] > move.polls[$0] || !isPolling($0) }) else { continue }
        underWay[i].request = handOver.request(from: move.from)
        underWay[i].stage = .leaving
      case .leaving:
        guard handOver.isAnswered(move.request, by: move.from) else { continue }
        handOver.close(place: move.place, at: move.to)
        underWay[i].request = handOver.request(from: move.to)
        underWay[i].stage = .closing
      case .closing:
        guard handOver.isAnswered(move.request, by: move.to), handOver.isOver(place: move.place, at: move.to) else {
          continue
        }
        let seen = handOver.end(place: move.place, at: move.to)
        report.heldFrames += seen.heldFrames
        report.expired += seen.expired
        report.longestHold = max(report.longestHold, seen.longestHold)
        underWay.remove(at: i)
      }
    }
  }

  /// Everything goes on until nothing is left to do; false when that does not come about.
  func finish() -> Bool {
    for _ in 0..<(options.maximum == nil ? 1000 : 20_000) {
      for stream in 0..<options.streams { while isPolling(stream) { publish(stream) } }
      for worker in 0..<options.workers {
        pass(worker)
        deliver(from: worker)
      }
      settle()
      if isSettled && delivered + dropped == sent { return true }
    }
    return false
  }

  var accountedChunks: Int {
    (0..<options.workers).reduce(pool.freeCount) { sum, i in
      sum + workers[i].heldChunks + workers[i].waitingChunks + ports.reduce(0) { $0 + $1[i].cachedChunks }
    }
  }
  var chunks: Int { pool.arena.chunkCount }
}
