import CMillraceABI
import Dataplane
import Ports
import Rings
import Testing
import Units

/// What a test wants of one port.
struct TestPort {
  var vlan = VLANPolicy.access(0)
  var isUplink = false
  var queue: UInt16 = 0
  /// MTU and Ethernet header.
  var maximumFrame = 1514
  var guessesPartialChecksums = false
  var linkRate = LinkRate.unlimited
  var byteLimit = 1 << 24
  /// Segments that arrive here may be joined.
  var joins = false
  /// Segments that leave here may be joined.
  var joinsSent = true
  /// What its device takes whole.
  var superFrames = SuperFrameKinds.all
  var rules: (in: PortRules.Direction, out: PortRules.Direction)?
  var mirroring = PortMirroring.none
}

/// A switch of memory ports and workers that a test drives by hand, pass by pass, with a clock of its own.
final class TestSwitch {
  let pool: FramePool
  let ports: [MemoryPort]
  let fdb: FDB
  /// What rules count and keep.
  let memory: RuleMemory
  private var rules: [PortRules?] = []
  private(set) var entries: [PortEntry] = []
  /// Of which port `ports.count` is the first's number.
  let teams: [TeamTable]
  private var table: ForwardingTable
  private(set) var bandwidth: BandwidthState?
  private var withdrawn: Set<Int> = []
  private let workers: UnsafeMutablePointer<Worker>
  private let workerCount: Int
  /// Monotonic nanoseconds.
  var now: UInt64 = 1_000_000_000_000

  /// Use `withSwitch`, which also checks that no frame is lost.
  fileprivate init(
    _ setup: [TestPort], teams: [TestTeam], workers workerCount: Int, arena: Bytes, addresses: Int, flows: Int
  ) throws {
    pool = FramePool(arena: try FrameArena(size: arena))
    let pool = pool
    ports = setup.map { _ in MemoryPort(pool: pool) }
    fdb = FDB(addresses: addresses)
    memory = RuleMemory(workers: workerCount, flows: flows, seed: 1)
    self.workerCount = workerCount
    workers = .allocate(capacity: workerCount)
    for i in 0..<workerCount { (workers + i).initialize(to: Worker(index: i, pool: pool)) }
    entries = zip(ports, setup).map { port, setup in
      PortEntry(
        workers: workerCount, byteLimit: setup.byteLimit, linkRate: setup.linkRate, vlan: setup.vlan,
        isUplink: setup.isUplink, queue: setup.queue, joinsReceived: setup.joins, joinsSent: setup.joinsSent
      ) { _ in
        var io = port.io(maximumFrame: setup.maximumFrame, superFrames: setup.superFrames)
        io.guessesPartialChecksums = setup.guessesPartialChecksums
        return io
      }
    }
    for port in setup.indices { entries[port].mirroring = setup[port].mirroring }
    self.teams = teams.map { $0.table(workers: workerCount) }
    table = ForwardingTable(entries: [], fdb: fdb)
    rules = setup.indices.map { port in
      setup[port].rules.map { PortRules(in: $0.in, out: $0.out, port: UInt16(port), memory: memory) }
    }
    publish()
  }

  /// Makes the workers forward by the entries and rules there are.
  private func publish() {
    let old = table
    for i in entries.indices { entries[i].rules = PortRulesView(rules[i]) }
    table = ForwardingTable(
      entries: entries.enumerated().filter { !withdrawn.contains($0.offset) }
        .map { (port: $0.offset, entry: $0.element) },
      teams: teams.enumerated().map { (port: entries.count + $0.offset, table: $0.element) }, fdb: fdb,
      rules: rules.compactMap { $0 }, bandwidth: bandwidth)
    for i in 0..<workerCount { workers[i].adopt(table, after: old) }
    withExtendedLifetime(old) {}
  }

  /// Gives a port other rules.
  func setRules(in arriving: PortRules.Direction, out sent: PortRules.Direction, at port: Int) {
    rules[port] = PortRules(in: arriving, out: sent, port: UInt16(port), memory: memory)
    publish()
  }

  /// Gives a port another part in mirroring.
  func setMirroring(_ mirroring: PortMirroring, at port: Int) {
    entries[port].mirroring = mirroring
    publish()
  }

  deinit {
    for entry in entries { entry.free(workers: workerCount) }
    workers.deinitialize(count: workerCount)
    workers.deallocate()
    fdb.deallocate()
    memory.deallocate()
  }

  /// Puts a frame in at a port.
  func inject(
    _ frame: [UInt8], at port: Int, flags: Int = 0, tci: UInt16 = 0, gsoSize: Int = 0,
    checksumStart: Int = 0, checksumOffset: Int = 0, part: Int = FrameArena.partCapacity,
    sourceLocation: SourceLocation = #_sourceLocation
  ) {
    let taken = ports[port].inject(
      frame, metadataFlags: flags, vlanTCI: tci, gsoSize: gsoSize, checksumStart: checksumStart,
      checksumOffset: checksumOffset, part: part)
    #expect(taken, "no room to inject", sourceLocation: sourceLocation)
  }

  /// One pass of one worker; returns the frames received and transmitted.
  @discardableResult func pass(worker: Int = 0, after nanoseconds: UInt64 = 10_000) -> Int {
    now += nanoseconds
    return workers[worker].pass(table, now: now)
  }

  /// One pass of a worker that takes so long, at the end of which its frames leave.
  func slowPass(worker: Int = 0, taking time: UInt64) {
    pass(worker: worker)
    workers[worker].noteSlowPass(from: now, to: now + time)
    now += time
  }

  /// Passes of every worker until none finds work. Frames that wait for a link or a device stay.
  func run() {
    while (0..<workerCount).reduce(0, { $0 + pass(worker: $1) }) > 0 {}
  }

  /// Puts a frame in and runs.
  func send(
    _ frame: [UInt8], at port: Int, flags: Int = 0, tci: UInt16 = 0, gsoSize: Int = 0,
    part: Int = FrameArena.partCapacity
  ) {
    inject(frame, at: port, flags: flags, tci: tci, gsoSize: gsoSize, part: part)
    run()
  }

  /// Takes all frames that were sent to a port, oldest first.
  func take(_ port: Int) -> [[UInt8]] {
    var frames: [[UInt8]] = []
    while let frame = ports[port].take() { frames.append(frame) }
    return frames
  }

  /// Takes all frames sent to each port.
  func takeAll() -> [[[UInt8]]] { ports.indices.map(take) }

  func count(_ counter: Counter, at port: Int) -> UInt64 { entries[port].counters[counter] }

  /// Every drop that was counted at any port, by name, sorted.
  var drops: [String] {
    entries.indices.flatMap { port in
      Counter.allCases.filter { $0.dropReason != nil }.flatMap { counter in
        Array(repeating: counter.dropReason!, count: Int(count(counter, at: port)))
      }
    }.sorted()
  }

  /// Makes the workers forward without a port, as when its device went.
  func withdraw(port: Int, plan: BandwidthPlan? = nil) {
    withdrawn.insert(port)
    manage(plan)
  }

  /// Puts bandwidth management into use; nil: takes it out of use. `heldChunks`: what may wait at each worker.
  func manage(_ plan: BandwidthPlan?, heldChunks: Int = 2000) {
    bandwidth = plan.map { BandwidthState($0, workers: workerCount, heldChunks: heldChunks, after: bandwidth) }
    publish()
  }

  /// Chunks that are somewhere known: free, kept by workers and ports, or waiting in output queues.
  var accountedChunks: Int {
    let workers = (0..<workerCount).reduce(0) { $0 + self.workers[$1].heldChunks + self.workers[$1].waitingChunks }
    let queued = entries.reduce(0) { sum, entry in
      (0..<workerCount).reduce(sum) { $0 + entry.outputs[$1].heldChunks }
    }
    return pool.freeCount + workers + queued + ports.reduce(0) { $0 + $1.cachedChunks }
  }
}

/// A team of uplinks. Members' devices have the addresses `memberAddress`.
struct TestTeam {
  var members: [Int]
  var mode = TeamMode.dynamic
  var gap = Nanoseconds.microseconds(500)
  /// Whether all members are on one network; else each is on its own.
  var isShared = true

  static func memberAddress(_ member: Int) -> UInt64 { 0x0200_0000_AA00 | UInt64(member) }

  fileprivate func table(workers: Int) -> TeamTable {
    let table = TeamTable(mode: mode, ports: members.map { UInt16($0) }, gap: gap, workers: workers)
    for member in members.indices {
      table.setAddress(Self.memberAddress(member), ofMember: member)
      table.forgetNetwork(ofMember: member)
    }
    if !isShared { for member in members.indices { table.fixNetwork(ofMember: member) } }
    table.live = (1 << UInt64(members.count)) - 1
    return table
  }
}

/// Gives `body` a switch, and checks after it that every chunk of the arena is accounted for.
func withSwitch(
  _ setup: [TestPort], teams: [TestTeam] = [], workers: Int = 1, arena: Bytes = Bytes(16 << 20), addresses: Int = 1024,
  flows: Int = 1024,
  sourceLocation: SourceLocation = #_sourceLocation, _ body: (TestSwitch) throws -> Void
) throws {
  let bench = try TestSwitch(setup, teams: teams, workers: workers, arena: arena, addresses: addresses, flows: flows)
  try body(bench)
  _ = bench.takeAll()
  #expect(bench.accountedChunks == bench.pool.arena.chunkCount, "chunks were lost", sourceLocation: sourceLocation)
}

/// As above, with `count` ports that differ in nothing.
func withSwitch(
  ports count: Int, workers: Int = 1, arena: Bytes = Bytes(16 << 20),
  sourceLocation: SourceLocation = #_sourceLocation, _ body: (TestSwitch) throws -> Void
) throws {
  try withSwitch(
    Array(repeating: TestPort(), count: count), workers: workers, arena: arena, sourceLocation: sourceLocation, body)
}
