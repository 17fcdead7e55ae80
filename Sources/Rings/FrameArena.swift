import CLinux
import Glibc
import Units

/// The memory that holds every frame: one mapping, cut into chunks of 4 KiB, registered as UMEM by each
/// (netdev, queue), so that forwarding copies nothing.
///
/// A frame in it is a number: `FrameAddress`, the offset of its first byte. A chunk's number is that offset
/// divided by the chunk size. Huge pages back the arena where the host has them to give.
public final class FrameArena: @unchecked Sendable {
  /// Bytes of a chunk: the largest an aligned UMEM allows (Documentation/networking/af_xdp.rst).
  public static let chunkSize = 4096
  static let chunkShift: UInt64 = 12
  /// Bytes the kernel keeps free in front of a received frame (XDP_PACKET_HEADROOM): room for a VLAN tag and metadata.
  public static let headroom = 256
  /// The longest part of a frame: what a chunk holds after the headroom.
  public static let partCapacity = chunkSize - headroom

  public let base: UnsafeMutableRawPointer
  public let byteCount: Int
  public let chunkCount: Int
  /// Whether the kernel gave reserved huge pages (else transparent ones, if any).
  public let usesHugePages: Bool

  /// Maps `size`, which must be a multiple of the chunk size. Throws `RingError` when memory is refused.
  public init(size: Bytes) throws(RingError) {
    precondition(size.count > 0 && size.count % UInt64(Self.chunkSize) == 0)
    byteCount = Int(size.count)
    chunkCount = byteCount / Self.chunkSize
    let flags = MAP_PRIVATE | MAP_ANONYMOUS | MAP_POPULATE | MAP_HUGETLB
    let huge = mmap(nil, byteCount, PROT_READ | PROT_WRITE, flags, -1, 0)
    usesHugePages = huge != MAP_FAILED
    guard let memory = usesHugePages ? huge : LargeMemory.map(byteCount: byteCount) else {
      throw Self.refusal(of: size)
    }
    base = memory
    // Not before the kernel knows that it may be in huge pages: pinned as UMEM, pages stay as they are.
    if !usesHugePages, madvise(memory, byteCount, MADV_POPULATE_WRITE) != 0 {
      let error = Self.refusal(of: size)
      munmap(memory, byteCount)
      throw error
    }
  }

  private static func refusal(of size: Bytes) -> RingError {
    RingError("frame arena of \(size)", errno, "give the switch a smaller `arena:`")
  }

  deinit { munmap(base, byteCount) }

  /// The chunk a frame's byte lies in.
  @inlinable public static func chunk(of address: UInt64) -> UInt32 { UInt32(truncatingIfNeeded: address >> 12) }

  /// Whether an AF_XDP descriptor may name these bytes: inside one chunk, with room for TX metadata in front of them, also
  /// where there is none (Linux, net/xdp/xsk_queue.h, xp_aligned_validate_desc). The kernel drops what it cannot take.
  public static func isDescribable(_ address: UInt64, length: Int) -> Bool {
    let offset = Int(address) % chunkSize
    return length > 0 && offset >= MemoryLayout<ml_tx_metadata>.size && offset + length <= chunkSize
  }

  /// Where a part of a frame starts in an empty chunk: after the headroom.
  @inlinable public static func frameAddress(chunk: UInt32) -> UInt64 { UInt64(chunk) << 12 &+ 256 }
}
