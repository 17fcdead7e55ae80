import CLinux

/// The free chunks nobody holds: a stack behind a lock, visited by workers once for many frames (`FrameCache`).
public final class FramePool: @unchecked Sendable {
  public let arena: FrameArena
  public let table: ChunkTable
  @usableFromInline let stack: UnsafeMutablePointer<UInt32>
  /// Free chunks; guarded by the lock, read without it for reports.
  @usableFromInline let count: UnsafeMutablePointer<UInt32>
  @usableFromInline let lock: SpinLock

  public init(arena: FrameArena) {
    self.arena = arena
    table = ChunkTable(count: arena.chunkCount)
    stack = .allocate(capacity: arena.chunkCount)
    // Ascending addresses leave first: neighbours in memory are used together.
    for i in 0..<arena.chunkCount { stack[i] = UInt32(arena.chunkCount - 1 - i) }
    count = .allocate(capacity: 2)
    count[0] = UInt32(arena.chunkCount)
    count[1] = 0
    lock = SpinLock(word: count + 1)
  }

  deinit {
    stack.deallocate()
    count.deallocate()
    table.deallocate()
  }

  public var freeCount: Int { Int(ml_load_relaxed_u32(count)) }

  /// Moves up to `wanted` chunks to `target`; returns how many.
  @inlinable public func take(_ wanted: Int, into target: UnsafeMutablePointer<UInt32>) -> Int {
    lock.lock()
    defer { lock.unlock() }
    let n = min(wanted, Int(count[0]))
    let rest = Int(count[0]) &- n
    target.update(from: stack + rest, count: n)
    ml_store_relaxed_u32(count, UInt32(rest))
    return n
  }

  @inlinable public func give(_ source: UnsafePointer<UInt32>, count n: Int) {
    lock.lock()
    defer { lock.unlock() }
    (stack + Int(count[0])).update(from: source, count: n)
    ml_store_relaxed_u32(count, count[0] &+ UInt32(n))
  }

  /// Takes back every chunk the kernel held for a device queue whose sockets are closed; returns how many.
  /// No worker may use the queue any more.
  public func reclaim(owner: UInt16) -> Int {
    var n = 0
    for chunk in 0..<table.count where table.owners[chunk] == owner {
      table.owners[chunk] = ChunkTable.userSpace
      var value = UInt32(chunk)
      give(&value, count: 1)
      n += 1
    }
    return n
  }
}
