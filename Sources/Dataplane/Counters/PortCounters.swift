import CLinux

/// A port's counters: a block of words for each worker, written by that worker alone.
public struct PortCounters: @unchecked Sendable {
  @usableFromInline let words: UnsafeMutablePointer<UInt64>
  let workers: Int

  public init(workers: Int) {
    precondition(Counter.allCases.count <= Counter.stride, "a counter has no word: raise Counter.stride")
    self.workers = workers
    let bytes = workers * Counter.stride * 8
    // SAFETY: cache-line aligned so that no two workers' blocks share a line.
    words = UnsafeMutableRawPointer.allocate(byteCount: bytes, alignment: 64)
      .initializeMemory(as: UInt64.self, repeating: 0, count: workers * Counter.stride)
  }

  public func deallocate() { words.deallocate() }

  @inlinable package func add(_ counter: Counter, worker: Int, _ n: UInt64 = 1) {
    let word = words + (worker &* Counter.stride &+ counter.rawValue)
    ml_store_relaxed_u64(word, word.pointee &+ n)
  }

  /// The sum over all workers.
  public subscript(counter: Counter) -> UInt64 { (0..<workers).reduce(0) { $0 &+ self[counter, worker: $1] } }

  public subscript(counter: Counter, worker worker: Int) -> UInt64 {
    ml_load_relaxed_u64(words + (worker * Counter.stride + counter.rawValue))
  }
}
