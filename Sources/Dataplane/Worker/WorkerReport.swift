/// A worker's cumulative figures, read while it runs.
public struct WorkerReport: Sendable {
  /// Frames received plus frames transmitted.
  public var frames: UInt64
  /// Passes that found work.
  public var batches: UInt64
  /// All passes.
  public var passes: UInt64
  public var sleeps: UInt64
  /// Nanoseconds in such passes by the monotonic clock.
  public var busyNanoseconds: UInt64
  /// The thread's CPU clock.
  public var cpuNanoseconds: UInt64
  /// Free chunks the worker keeps.
  public var cachedChunks: Int
  /// Chunks of frames that wait for their entry to be handed over.
  public var heldChunks: Int
  public var threadID: Int32
}

extension WorkerThread {
  public func report() -> WorkerReport {
    WorkerReport(
      frames: shared[.frames], batches: shared[.batches], passes: shared[.passes], sleeps: shared[.sleeps],
      busyNanoseconds: shared[.busy],
      cpuNanoseconds: shared[.cpu], cachedChunks: Int(shared[.cached]),
      heldChunks: Int(shared[.held]), threadID: Int32(shared[.thread]))
  }
}
