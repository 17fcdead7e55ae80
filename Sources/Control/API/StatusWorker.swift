import Units

/// One worker: an element of `show workers`.
public struct WorkerStatus: Codable, Sendable, Equatable {
  public var worker: Int
  /// The CPU its thread is pinned to.
  public var cpu: Int
  /// The part of its capacity in use over the last second, 0 to 1. An emulated core's capacity is its share.
  public var load = 0.0
  /// The share of a CPU this emulated core has, 0 to 1; `null` for a real core.
  @Nullable public var emulatedShare: Double?
  /// Seconds in passes that found work, and seconds of the thread's CPU clock, since the start.
  public var busySeconds = 0.0
  public var cpuSeconds = 0.0
  /// Frames taken in, and the batches they came in.
  public var frames: UInt64 = 0
  public var batches: UInt64 = 0
  /// Rounds over all rings, with or without frames.
  public var passes: UInt64 = 0
  /// Blocking waits after finding nothing to do.
  public var sleeps: UInt64 = 0
  /// Arena frames the worker holds at this moment.
  public var held = 0

  public init(worker: Int, cpu: Int, emulatedShare: Double?) {
    self.worker = worker
    self.cpu = cpu
    self.emulatedShare = emulatedShare
  }
}
