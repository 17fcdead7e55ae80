import CLinux
import CXDP
import Glibc

/// What the workers share of one (netdev, queue): its FILL and COMPLETION ring, of which the kernel has one each
/// whatever the number of sockets, both single producer and single consumer.
///
/// `lock` guards both rings; workers try it once per batch and leave the work to its holder when it is taken.
public struct DeviceQueueState {
  public var fill: xsk_ring_prod
  public var completion: xsk_ring_cons
  public var lockWord: UInt32 = 0
  /// Chunks given to FILL and not yet received back: atomic.
  public var outstanding: UInt32 = 0
  public var fillDepth: FillDepth
  /// This queue's number in `ChunkTable.owners`, from 1.
  public var owner: UInt16
  /// Whether descriptors may carry TX metadata (a partial checksum): kernel 6.8, and in zero-copy the driver.
  public var hasTransmitMetadata: Bool
  /// Every worker's socket, and whether the driver sends from the arena itself (zero-copy).
  public var sockets: UnsafeMutablePointer<XDPSocketState>?
  public var socketCount = 0
  public var isZeroCopy = false

  /// Reaps completions and tops FILL up. Called once per batch by any worker; returns at once when another does it.
  @inlinable
  public static func serve(
    _ queue: UnsafeMutablePointer<DeviceQueueState>, cache: inout FrameCache, table: ChunkTable
  ) {
    let lock = SpinLock(word: Self.lockWord(of: queue))
    guard lock.tryLock() else { return }
    defer { lock.unlock() }
    queue.pointee.reap(into: &cache, table: table)
    queue.pointee.refill(from: &cache, table: table)
    queue.pointee.wakeReceiver()
  }

  @inlinable static func lockWord(of queue: UnsafeMutablePointer<DeviceQueueState>) -> UnsafeMutablePointer<UInt32> {
    // SAFETY: the state is allocated once and never moves; the word is only touched atomically.
    UnsafeMutableRawPointer(queue).advanced(by: MemoryLayout<DeviceQueueState>.offset(of: \.lockWord)!)
      .assumingMemoryBound(to: UInt32.self)
  }

  /// The atomic count of outstanding chunks.
  @inlinable public static func outstandingWord(
    of queue: UnsafeMutablePointer<DeviceQueueState>
  ) -> UnsafeMutablePointer<UInt32> {
    // SAFETY: as `lockWord(of:)`.
    UnsafeMutableRawPointer(queue).advanced(by: MemoryLayout<DeviceQueueState>.offset(of: \.outstanding)!)
      .assumingMemoryBound(to: UInt32.self)
  }

  /// Takes the chunks whose transmission the kernel reports complete.
  @inlinable mutating func reap(into cache: inout FrameCache, table: ChunkTable) {
    var index: UInt32 = 0
    let n = xsk_ring_cons__peek(&completion, 512, &index)
    if n == 0 { return }
    for i in 0..<n {
      let chunk = FrameArena.chunk(of: xsk_ring_cons__comp_addr(&completion, index &+ i).pointee)
      table.owners[Int(chunk)] = ChunkTable.userSpace
      cache.give(chunk)
    }
    xsk_ring_cons__release(&completion, n)
  }

  /// Tells a zero-copy driver that found FILL empty, and has stopped looking, that there are chunks again (kernel:
  /// Documentation/networking/af_xdp.rst, XDP_USE_NEED_WAKEUP).
  @inlinable mutating func wakeReceiver() {
    guard isZeroCopy, xsk_ring_prod__needs_wakeup(&fill) != 0 else { return }
    _ = recvfrom(sockets.unsafelyUnwrapped.pointee.fd, nil, 0, Int32(MSG_DONTWAIT), nil, nil)
  }

  /// Gives the kernel chunks to receive into, up to the FILL depth and the limit.
  @inlinable mutating func refill(from cache: inout FrameCache, table: ChunkTable) {
    let ready = fill.cached_prod &- ml_load_acquire_u32(fill.consumer)
    // A dozen at a time: publishing each single chunk would bounce the ring's cache line.
    guard ready &+ 32 <= fillDepth.target || ready == 0 else { return }
    fillDepth.found(ready)
    let out = ml_load_relaxed_u32(&outstanding)
    let most = fillDepth.mostOutstanding
    guard out < most else { return }
    let wanted = min(Int(fillDepth.target &- min(ready, fillDepth.target)), Int(most &- out), 256)
    let n = UInt32(min(wanted, cache.prepare(wanted)))
    var index: UInt32 = 0
    guard n > 0, xsk_ring_prod__reserve(&fill, n, &index) == n else { return }
    for i in 0..<n {
      let chunk = cache.take()
      table.owners[Int(chunk)] = owner
      xsk_ring_prod__fill_addr(&fill, index &+ i).pointee = UInt64(chunk) << 12
    }
    _ = ml_fetch_add_u32(&outstanding, n)
    xsk_ring_prod__submit(&fill, n)
    fillDepth.gave(n, ready: ready &+ n)
  }
}
