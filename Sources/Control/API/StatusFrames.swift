/// Where every frame of the arena is: `show frames`. Exact at rest; while frames flow the parts are read one after
/// another, so that `lost` may differ from 0 by what moved meanwhile.
public struct FramesStatus: Codable, Sendable, Equatable {
  /// Where the frames are that are neither lost nor held by a worker.
  public struct Breakdown: Codable, Sendable, Equatable {
    /// In the shared pool.
    public var freePool = 0
    /// In the workers' caches in front of it.
    public var workerCaches = 0
    /// In FILL, not yet taken by the kernel.
    public var fillRings = 0
    /// Received, not yet taken by a worker.
    public var receiveRings = 0
    /// In TX, not yet taken by the kernel.
    public var transmitRings = 0
    /// Transmitted, not yet taken back.
    public var completionRings = 0
    /// Taken by the kernel to transmit, not yet completed.
    public var inFlight = 0
    /// In the kernel's own free lists: copy mode keeps the buffer of a frame that found its RX ring full.
    public var residue = 0

    public init() {}
  }

  public var total = 0
  /// In the pool and the workers' caches.
  public var free = 0
  /// In the rings and the kernel.
  public var kernel = 0
  /// Held by workers: being forwarded, or waiting for a device.
  public var held = 0
  /// What cannot be accounted for: 0 at rest, or the switch leaks.
  public var lost = 0
  public var breakdown = Breakdown()

  public init() {}

  /// Adds up `free`, `kernel` and `lost`.
  public init(total: Int, held: Int, breakdown: Breakdown) {
    self.total = total
    self.held = held
    self.breakdown = breakdown
    free = breakdown.freePool + breakdown.workerCaches
    kernel =
      breakdown.fillRings + breakdown.receiveRings + breakdown.transmitRings + breakdown.completionRings
      + breakdown.inFlight + breakdown.residue
    lost = total - free - kernel - held
  }
}
