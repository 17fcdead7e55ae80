import CLinux

/// What must be known of a chunk beside its bytes: the next part of its frame, and whether the kernel has it.
///
/// A frame that fits one chunk (up to 3,840 bytes) never touches `links`; longer frames are chains.
public struct ChunkTable: @unchecked Sendable {
  /// The following part of a chain.
  public struct Link {
    /// Arena offset of the part's first byte.
    public var address: UInt64
    public var length: UInt32
    /// Chunk whose link describes the part after this one; `none` ends the chain.
    public var next: UInt32

    @inlinable public init(address: UInt64, length: UInt32, next: UInt32) {
      self.address = address
      self.length = length
      self.next = next
    }
  }

  /// No chunk.
  public static let none = UInt32.max
  /// Owner of a chunk that no device queue holds.
  public static let userSpace: UInt16 = 0

  /// Index: chunk. Describes the part that lies in that chunk.
  public let links: UnsafeMutablePointer<Link>
  /// Index: chunk. The device queue (its number, from 1) that the kernel holds the chunk for. Lets a vanished
  /// device's frames be taken back.
  public let owners: UnsafeMutablePointer<UInt16>
  public let count: Int

  public init(count: Int) {
    self.count = count
    links = .allocate(capacity: count)
    links.initialize(repeating: Link(address: 0, length: 0, next: Self.none), count: count)
    owners = .allocate(capacity: count)
    owners.initialize(repeating: Self.userSpace, count: count)
  }

  public func deallocate() {
    links.deallocate()
    owners.deallocate()
  }
}
