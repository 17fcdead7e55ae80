/// One worker's own free chunks: taken and given without a lock, exchanged with the pool many at a time.
public struct FrameCache: ~Copyable {
  public static var capacity: Int { 1024 }
  /// Chunks exchanged with the pool at once.
  @usableFromInline static var slab: Int { 256 }

  public let pool: FramePool
  @usableFromInline let stack: UnsafeMutablePointer<UInt32>
  public var count: Int

  public init(pool: FramePool) {
    self.pool = pool
    stack = .allocate(capacity: Self.capacity)
    count = 0
  }

  deinit {
    pool.give(stack, count: count)
    stack.deallocate()
  }

  /// A free chunk, or `ChunkTable.none` when the arena is used up.
  @inlinable public mutating func take() -> UInt32 {
    if count == 0 { refill() }
    if count == 0 { return ChunkTable.none }
    count &-= 1
    return stack[count]
  }

  @inlinable public mutating func give(_ chunk: UInt32) {
    if count == Self.capacity { spill() }
    stack[count] = chunk
    count &+= 1
  }

  /// Makes sure that `wanted` chunks can be taken, if the arena has them; returns how many can.
  @inlinable public mutating func prepare(_ wanted: Int) -> Int {
    if count < wanted { refill() }
    return count
  }

  @inlinable mutating func refill() {
    count &+= pool.take(min(Self.slab, Self.capacity &- count), into: stack + count)
  }

  @inlinable mutating func spill() {
    count &-= Self.slab
    pool.give(stack + count, count: Self.slab)
  }
}
