import CLinux

/// The words a worker's thread and control share: all atomic, one writer each, in cache lines of the worker's own.
struct WorkerShared: @unchecked Sendable {
  enum Word: Int, CaseIterable {
    // Written by control.
    /// The `TableView` to forward by, as an address.
    case table
    /// The table's number.
    case generation
    case stop
    // Written by the worker.
    /// The newest table it uses; it will not touch an older one again.
    case seenGeneration
    /// Frames received and transmitted.
    case frames
    /// Passes that found work.
    case batches
    case passes
    case sleeps
    /// Nanoseconds spent in such passes, by the monotonic clock.
    case busy
    /// The thread's CPU clock in nanoseconds.
    case cpu
    /// Free chunks in the worker's cache and tap buffers.
    case cached
    /// Chunks of frames that wait for their entry to be handed over.
    case held
    /// The kernel's thread number.
    case thread
  }

  private let words: UnsafeMutablePointer<UInt64>

  init() {
    // SAFETY: two cache lines, aligned so that no other worker's words share them.
    words = UnsafeMutableRawPointer.allocate(byteCount: 128, alignment: 128)
      .initializeMemory(as: UInt64.self, repeating: 0, count: 16)
  }

  func deallocate() { words.deallocate() }

  @inline(__always) subscript(word: Word) -> UInt64 {
    get { ml_load_acquire_u64(words + word.rawValue) }
    nonmutating set { ml_store_release_u64(words + word.rawValue, newValue) }
  }
}
