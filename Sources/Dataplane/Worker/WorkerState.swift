import CLinux
import CMillraceABI
import Ports
import Rings

/// One worker's state on the frame's road: its batch, its free chunks, its list of ports to transmit on.
///
/// The stages are extensions of it, one folder a stage, in the order a frame meets them. A worker is driven by one
/// thread (`WorkerThread`), or by a test that calls `pass` itself.
public struct Worker: ~Copyable {
  /// Descriptors taken from a socket at once.
  public static let batchLimit = 256

  public let index: Int
  let base: UnsafeMutableRawPointer
  let chunks: ChunkTable
  var cache: FrameCache
  /// The batch on its way through the stages.
  let frames: UnsafeMutablePointer<Frame>
  var count = 0
  /// The port each frame of the batch leaves by, or `everyPort` of its VLAN, where rules are asked before it leaves.
  let outputs: UnsafeMutablePointer<UInt16>
  /// What the parser said of each frame of the batch (`FrameHeaders.flags`), and where rules look for it. The last place,
  /// behind the batch, is for a copy.
  let headerFlags: UnsafeMutablePointer<UInt16>
  let looks: UnsafeMutablePointer<RuleLook>
  /// Places of looks that take more steps than most.
  let unfinished: UnsafeMutablePointer<UInt16>
  let flowKeys: UnsafeMutablePointer<FlowKey>
  let fdbHashes: UnsafeMutablePointer<FDB.Hashes>
  /// Monotonic nanoseconds, read once per pass; `second` is the same clock, for the FDB.
  var now: UInt64 = 0
  var second: UInt32 = 0
  /// Ports whose output queue holds frames.
  let listed: UnsafeMutablePointer<UInt16>
  var listedCount = 0
  /// Chunks that a queue may hold in this pass.
  var queueShare = Int.max
  /// The earliest moment a link takes its next frame; `UInt64.max` when none waits for a link.
  var nextRelease = UInt64.max
  /// A device did not take all it was given: ask again soon.
  var isBlocked = false
  /// Descriptors taken from a socket at once: fewer for emulated cores, so that they pace finely.
  let receiveLimit: UInt32
  let messages: MessageBuffers
  let tapBuffers: TapBuffers
  /// Flows whose frames may be joined in this pass; index: a hash of the flow.
  let runs: UnsafeMutablePointer<Run>
  /// Ends all runs when it counts on.
  var passNumber: UInt32 = 0
  /// Handing entries over to and from other workers; nil for a worker that is alone.
  let handOver: HandOverView?
  var catchUp = CatchUp()
  let fences: UnsafeMutablePointer<Fence>
  var fenceCount = 0
  var held: HeldFrames
  let passedFences: PassedFences
  var slowPasses = SlowPasses()
  /// nil for a worker whose entries nobody asks for.
  let entryCounters: EntryCounters.View?
  /// Bandwidth management in use, and the frames that wait for it.
  var bandwidth: UnsafeMutablePointer<BandwidthView>?
  var waiting = WaitingFrames()

  public init(
    index: Int, pool: FramePool, receiveLimit: Int = Worker.batchLimit, handOver: HandOverTable? = nil,
    entryCounters: EntryCounters? = nil
  ) {
    self.index = index
    self.handOver = handOver?.view
    self.entryCounters = entryCounters?.view
    fences = .allocate(capacity: Fence.limit)
    held = HeldFrames()
    passedFences = PassedFences()
    base = pool.arena.base
    chunks = pool.table
    cache = FrameCache(pool: pool)
    frames = .allocate(capacity: Self.batchLimit + 1)
    outputs = .allocate(capacity: Self.batchLimit)
    headerFlags = .allocate(capacity: Self.batchLimit + 1)
    looks = .allocate(capacity: Self.batchLimit + 1)
    looks.initialize(repeating: RuleLook(), count: Self.batchLimit + 1)
    unfinished = .allocate(capacity: Self.batchLimit + 1)
    flowKeys = .allocate(capacity: Self.batchLimit + 1)
    fdbHashes = .allocate(capacity: FDB.Hashes.kept)
    listed = .allocate(capacity: 1024)
    self.receiveLimit = UInt32(min(receiveLimit, Self.batchLimit))
    messages = MessageBuffers()
    tapBuffers = TapBuffers()
    runs = .allocate(capacity: Self.runLimit)
    runs.initialize(repeating: Run(), count: Self.runLimit)
  }

  /// What the worker kept goes back to the pool, its output queues excepted.
  deinit {
    frames.deallocate()
    outputs.deallocate()
    headerFlags.deallocate()
    looks.deallocate()
    unfinished.deallocate()
    flowKeys.deallocate()
    fdbHashes.deallocate()
    listed.deallocate()
    messages.deallocate()
    tapBuffers.deallocate(into: cache.pool)
    runs.deallocate()
    fences.deallocate()
    held.deallocate()
    passedFences.deallocate()
    slowPasses.deallocate()
    waiting.deallocate()
  }

  /// Free chunks this worker keeps: its cache and the buffers of the next tap read.
  public var heldChunks: Int {
    var held = cache.count
    for i in 0..<TapBuffers.parts where tapBuffers.chunks[i] != ChunkTable.none { held &+= 1 }
    return held
  }

  /// The moment at which there may be something to transmit without anything having arrived.
  var nextWork: UInt64 {
    if catchUp.stage != .idle { return now }
    var next = nextRelease
    if isBlocked { next = min(next, now &+ Self.blockedPause) }
    if fenceCount > 0 { next = min(next, now &+ Self.fencePause) }
    return next
  }

  /// How long a device that is full is left alone.
  private static let blockedPause: UInt64 = 50_000

  /// Fences that nobody tells of are looked after this often.
  private static let fencePause: UInt64 = 1_000_000

  /// Forgets queues of ports that are no longer there, whose frames control takes back.
  mutating func forgetUnlisted(_ table: TableView, after old: TableView?) {
    forgetFences(after: old) { Int($0) >= table.portCount || !table.isActive[Int($0)] }
    var kept = 0
    for i in 0..<listedCount {
      let port = Int(listed[i])
      guard port < table.portCount, table.isActive[port],
        (table.ports[port].outputs + index).pointee.isListed
      else { continue }
      listed[kept] = listed[i]
      kept &+= 1
    }
    listedCount = kept
  }

  /// Chunks of frames that wait for their entry to be handed over, or for a rate.
  public var waitingChunks: Int { held.chunks &+ waiting.chunks }

  /// Gives the frames that wait back: nobody else will.
  public mutating func discardWaiting() {
    forgetFences(after: nil) { _ in true }
    forgetWaiting()
  }

  /// Gives a frame's chunks back.
  @inline(__always) mutating func free(_ frame: borrowing Frame) {
    let first = FrameArena.chunk(of: frame.address)
    if frame.parts > 1 { freeParts(after: first) }
    cache.give(first)
  }

  @inline(never) mutating func freeParts(after first: UInt32) {
    var chunk = chunks.links[Int(first)].next
    while chunk != ChunkTable.none {
      let next = chunks.links[Int(chunk)].next
      cache.give(chunk)
      chunk = next
    }
  }

  /// Drops a frame of the batch: counted at `entry`'s port, chunks given back.
  @inline(__always) mutating func drop(
    _ frame: UnsafeMutablePointer<Frame>, _ reason: Counter, at entry: UnsafeMutablePointer<PortEntry>
  ) {
    entry.pointee.counters.add(reason, worker: index)
    free(frame.pointee)
    frame.pointee.state = .gone
  }
}
