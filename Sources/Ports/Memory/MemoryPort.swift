import CMillraceABI
import Rings

/// A port whose device is memory: tests put frames in and take frames out, benchmarks drive the road without a kernel.
/// Used by one worker at a time.
public final class MemoryPort {
  public let rings: UnsafeMutablePointer<MemoryRings>
  private let pool: FramePool
  private var cache: FrameCache

  public init(pool: FramePool) {
    self.pool = pool
    cache = FrameCache(pool: pool)
    rings = .allocate(capacity: 1)
    rings.initialize(to: MemoryRings())
  }

  deinit {
    while take() != nil {}
    while let entry = rings.pointee.popReceived() { giveBack(entry) }
    rings.pointee.deallocate()
    rings.deallocate()
  }

  /// What a worker needs of the port. `maximumFrame` as of a device: MTU and Ethernet header.
  public func io(maximumFrame: Int = 9230, superFrames: SuperFrameKinds = .all) -> PortIO {
    var io = PortIO(kind: .memory)
    io.memory = rings
    io.superFrames = superFrames.rawValue
    io.maximumFrame = UInt32(maximumFrame)
    return io
  }

  /// Puts a frame in, as if its device had received it: cut into parts of at most `part` bytes, with `steering` in front
  /// of it as the XDP program writes it. False when the ring or the arena is full.
  public func inject(
    _ bytes: [UInt8], metadataFlags: Int = 0, vlanTCI: UInt16 = 0, gsoSize: Int = 0,
    checksumStart: Int = 0, checksumOffset: Int = 0, part: Int = FrameArena.partCapacity,
    steering: mr_frame_metadata = mr_frame_metadata()
  ) -> Bool {
    var chunks: [UInt32] = []
    for _ in stride(from: 0, to: max(1, bytes.count), by: part) {
      let chunk = cache.take()
      guard chunk != ChunkTable.none else {
        for chunk in chunks { cache.give(chunk) }
        return false
      }
      chunks.append(chunk)
    }
    for (i, chunk) in chunks.enumerated() {
      let piece = bytes[(i * part)..<min(bytes.count, (i + 1) * part)]
      let address = FrameArena.frameAddress(chunk: chunk)
      piece.withUnsafeBytes { source in
        if let from = source.baseAddress {
          (pool.arena.base + Int(address)).copyMemory(from: from, byteCount: source.count)
        }
      }
      let next = i + 1 < chunks.count ? chunks[i + 1] : ChunkTable.none
      pool.table.links[Int(chunk)] = .init(address: address, length: UInt32(piece.count), next: next)
    }
    let entry = MemoryRings.Entry(
      address: FrameArena.frameAddress(chunk: chunks[0]), length: UInt32(bytes.count),
      firstLength: UInt32(min(bytes.count, part)), segments: UInt32(chunks.count),
      metadataFlags: UInt16(metadataFlags) | steering.flags, vlanTCI: vlanTCI, gsoSize: UInt16(gsoSize),
      checksumStart: UInt16(checksumStart), checksumOffset: UInt16(checksumOffset), hash: steering.hash,
      number: steering.number)
    (pool.arena.base + Int(entry.address) - MemoryLayout<mr_frame_metadata>.size)
      .storeBytes(of: steering, as: mr_frame_metadata.self)
    if rings.pointee.pushReceived(entry) { return true }
    for chunk in chunks { cache.give(chunk) }
    return false
  }

  /// A frame the switch transmitted, and what it told the device about it.
  public struct Transmitted {
    public var bytes: [UInt8]
    /// `MR_META_…`.
    public var metadataFlags: Int
    public var gsoSize: Int
  }

  /// Takes the oldest frame the switch transmitted to the port, whole; nil when there is none.
  public func take() -> [UInt8]? { takeTransmitted()?.bytes }

  /// As `take`, with the frame's metadata.
  public func takeTransmitted() -> Transmitted? {
    guard let entry = rings.pointee.popTransmitted() else { return nil }
    precondition(FrameArena.isDescribable(entry.address, length: Int(entry.firstLength)), "no descriptor may name this")
    var bytes: [UInt8] = []
    bytes.reserveCapacity(Int(entry.length))
    bytes.append(
      contentsOf: UnsafeRawBufferPointer(start: pool.arena.base + Int(entry.address), count: Int(entry.firstLength)))
    var chunk = FrameArena.chunk(of: entry.address)
    for _ in 1..<max(1, entry.segments) {
      chunk = pool.table.links[Int(chunk)].next
      let link = pool.table.links[Int(chunk)]
      precondition(FrameArena.isDescribable(link.address, length: Int(link.length)), "no descriptor may name this")
      bytes.append(
        contentsOf: UnsafeRawBufferPointer(start: pool.arena.base + Int(link.address), count: Int(link.length)))
    }
    giveBack(entry)
    return Transmitted(bytes: bytes, metadataFlags: Int(entry.metadataFlags), gsoSize: Int(entry.gsoSize))
  }

  /// Free chunks the port keeps, for the conservation of frames.
  public var cachedChunks: Int { cache.count }

  private func giveBack(_ entry: MemoryRings.Entry) {
    var chunk = FrameArena.chunk(of: entry.address)
    for _ in 0..<max(1, entry.segments) {
      let next = pool.table.links[Int(chunk)].next
      cache.give(chunk)
      chunk = next
    }
  }
}
