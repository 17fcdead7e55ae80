import CLinux
import Glibc
import Rings

/// What rules counted: frames and bytes, for each worker in memory of its own that it alone writes, summed when read.
/// Cells keep their place while rules around them come and go, so that a change of the rules counts nothing twice.
public struct RuleCells: @unchecked Sendable {
  /// A switch's cells, the first of which is never used.
  public static let limit = RuleWord.longestIndex + 1

  public struct Count: Sendable, Hashable {
    public var frames: UInt64
    public var bytes: UInt64

    public init(frames: UInt64 = 0, bytes: UInt64 = 0) { (self.frames, self.bytes) = (frames, bytes) }
  }

  private let words: UnsafeMutablePointer<UInt64>
  private let workers: Int
  private static let stride = limit * 2

  public init(workers: Int) {
    self.workers = workers
    // Memory is taken as cells are first used.
    guard let memory = LargeMemory.reserve(byteCount: workers * Self.stride * 8) else {
      fatalError("no address space for counters")
    }
    words = memory.bindMemory(to: UInt64.self, capacity: workers * Self.stride)
  }

  public func deallocate() { munmap(words, workers * Self.stride * 8) }

  @inline(__always) private func cell(_ cell: UInt32, _ worker: Int) -> UnsafeMutablePointer<UInt64> {
    words + (worker &* Self.stride &+ Int(cell) &* 2)
  }

  /// Counts for a worker, which is the only one to call this for itself.
  @inline(__always) package func add(_ cell: UInt32, worker: Int, frames: UInt64, bytes: UInt64) {
    let word = self.cell(cell, worker)
    ml_store_relaxed_u64(word, word[0] &+ frames)
    ml_store_relaxed_u64(word + 1, word[1] &+ bytes)
  }

  /// Fetches the cell that `add` will write.
  @inline(__always) func prefetch(_ cell: UInt32, worker: Int) { ml_prefetch(self.cell(cell, worker)) }

  /// The sum over all workers.
  public subscript(cell: UInt32) -> Count {
    (0..<workers).reduce(into: Count()) { sum, worker in
      sum.frames &+= ml_load_relaxed_u64(self.cell(cell, worker))
      sum.bytes &+= ml_load_relaxed_u64(self.cell(cell, worker) + 1)
    }
  }

  /// Makes a cell ready for another rule; no worker may use it any more.
  public func clear(_ cell: UInt32) {
    for worker in 0..<workers {
      ml_store_relaxed_u64(self.cell(cell, worker), 0)
      ml_store_relaxed_u64(self.cell(cell, worker) + 1, 0)
    }
  }
}
