import CLinux
import CXDP
import Glibc

/// One (netdev, queue) as the switch uses it: the arena registered as its UMEM, a FILL and a COMPLETION ring, and an
/// AF_XDP socket for each worker. The XDP program of the port chooses among the sockets.
///
/// Needs CAP_NET_RAW and kernel 6.6 (multi-buffer). A UMEM registration pins the arena once more in the kernel's
/// books (about 128 bytes a chunk), not in memory.
public final class DeviceQueue: @unchecked Sendable {
  public struct Configuration: Sendable {
    public var netdev: String
    public var interfaceIndex: UInt32
    public var queue: UInt32
    public var workers: Int
    /// Zero-copy is tried first unless this says not to.
    public var forceCopy: Bool
    /// Frames may be chains of descriptors (XDP_USE_SG); a driver that cannot do that in zero-copy gets copy mode.
    public var multiBuffer: Bool
    /// The driver finishes partial checksums in zero-copy; in copy mode the kernel does.
    public var zeroCopyChecksum: Bool
    public var completionSize: UInt32
    public var transmitSize: UInt32
    public var outstandingLimit: UInt32
    public var owner: UInt16

    /// Entries of the FILL ring and of each RX ring: what the queue may hold, no more than `largestRing`.
    public var ringEntries: UInt32 { Self.ringEntries(outstandingLimit: outstandingLimit) }
    public static let largestRing: UInt32 = 8192

    public static func ringEntries(outstandingLimit: UInt32) -> UInt32 {
      var entries = largestRing
      while entries / 2 >= outstandingLimit, entries > 64 { entries /= 2 }
      return entries
    }

    public init(
      netdev: String, interfaceIndex: UInt32, queue: UInt32, workers: Int, forceCopy: Bool, multiBuffer: Bool = true,
      zeroCopyChecksum: Bool = false, completionSize: UInt32 = 8192, transmitSize: UInt32 = 2048,
      outstandingLimit: UInt32, owner: UInt16
    ) {
      self.netdev = netdev
      self.interfaceIndex = interfaceIndex
      self.queue = queue
      self.workers = workers
      self.forceCopy = forceCopy
      self.multiBuffer = multiBuffer
      self.zeroCopyChecksum = zeroCopyChecksum
      self.completionSize = completionSize
      self.transmitSize = transmitSize
      self.outstandingLimit = outstandingLimit
      self.owner = owner
    }
  }

  public let configuration: Configuration
  /// Shared by the workers.
  public let state: UnsafeMutablePointer<DeviceQueueState>
  /// Index: worker.
  public let sockets: UnsafeMutablePointer<XDPSocketState>
  /// Whether the driver took the arena as it is (else the kernel copies between it and socket buffers).
  public let isZeroCopy: Bool
  private let pool: FramePool
  private var rings: [MappedRing] = []
  private var descriptors: [Int32] = []

  /// Registers, binds and fills. Throws `RingError`; nothing is left open then.
  public init(_ configuration: Configuration, pool: FramePool) throws(RingError) {
    self.configuration = configuration
    self.pool = pool
    var opened = OpenedQueue(configuration)
    do {
      let (first, zeroCopy) = try opened.openFirst(arena: pool.arena)
      for _ in 1..<max(1, configuration.workers) { try opened.openShared() }
      state = .allocate(capacity: 1)
      state.initialize(to: first)
      isZeroCopy = zeroCopy
    } catch {
      opened.close()
      throw error
    }
    rings = opened.rings
    descriptors = opened.descriptors
    sockets = .allocate(capacity: configuration.workers)
    for (worker, rings) in opened.sockets.enumerated() {
      (sockets + worker).initialize(
        to: XDPSocketState(
          fd: opened.descriptors[worker], receive: rings.receive, transmit: rings.transmit, queue: state))
      if !opened.sendsAllAtOnce { sockets[worker].blindCalls = 8 }
    }
    self.state.pointee.sockets = sockets
    self.state.pointee.socketCount = configuration.workers
    self.state.pointee.isZeroCopy = isZeroCopy
    var cache = FrameCache(pool: pool)
    while state.pointee.fill.cached_prod < state.pointee.fillDepth.target {
      let before = state.pointee.fill.cached_prod
      state.pointee.refill(from: &cache, table: pool.table)
      if state.pointee.fill.cached_prod == before { break }
    }
    state.pointee.wakeReceiver()
  }

  /// Closes the sockets and takes back every chunk the kernel held. The XDP program must be detached before, and no
  /// worker may use the queue any more.
  public func close() {
    waitForTransmission()
    for ring in rings { ring.unmap() }
    for fd in descriptors { Glibc.close(fd) }
    rings = []
    descriptors = []
    _ = pool.reclaim(owner: configuration.owner)
  }

  /// Waits a tenth of a second at most until what the kernel took has been transmitted: some drivers send from the arena's
  /// pages in copy mode too (kernel: IFF_TX_SKB_NO_LINEAR, e.g. virtio_net), and others will write there.
  private func waitForTransmission() {
    for _ in 0..<100 {
      let taken = (0..<configuration.workers).reduce(UInt32(0)) {
        $0 &+ ml_load_acquire_u32((sockets + $1).pointee.transmit.consumer)
      }
      if ml_load_acquire_u32(state.pointee.completion.producer) == taken { return }
      usleep(1000)
    }
  }

  deinit {
    if !descriptors.isEmpty { close() }
    sockets.deallocate()
    state.deallocate()
  }
}

extension DeviceQueue {
  /// Changes how much of the arena the queue may hold; takes effect as frames flow.
  public func share(outstandingLimit: UInt32) {
    state.pointee.fillDepth = FillDepth(limit: outstandingLimit, ring: configuration.ringEntries)
  }
}
