import Units

/// Where an experiment reads a running switch's counters.
public protocol SwitchProbe: Sendable {
  /// All counters at one moment.
  func sample() async throws -> SwitchSample
  /// The indirection table of each port's queue: the worker of each of the 128 entries; the default queue under
  /// `default`. A port without a queue of its own is left out.
  func indirection() async throws -> [String: [Int]]
  /// The newest moves of queues and entries.
  func moves() async throws -> [SwitchMove]
}

/// A move of an entry, or of all that a worker has of a queue.
public struct SwitchMove: Hashable, Sendable {
  /// Of the monotonic clock.
  public var time: Nanoseconds
  public var port: String
  public var entry: Int?
  public var from: Int
  public var to: Int
  public var reason: String
  public var heldFrames: UInt64
  public var longestHoldMicroseconds: Double
  /// How often frames went on because they had waited too long.
  public var expired: UInt64

  public init(
    time: Nanoseconds, port: String, entry: Int?, from: Int, to: Int, reason: String, heldFrames: UInt64,
    longestHoldMicroseconds: Double, expired: UInt64
  ) {
    (self.time, self.port, self.entry, self.from, self.to) = (time, port, entry, from, to)
    (self.reason, self.heldFrames, self.longestHoldMicroseconds) = (reason, heldFrames, longestHoldMicroseconds)
    self.expired = expired
  }
}

/// A switch's counters at one moment.
public struct SwitchSample: Hashable, Sendable {
  public struct Port: Hashable, Sendable {
    public var name: String
    /// Frame bytes without FCS, from the device into the switch and from the switch to the device.
    public var receivedBytes: UInt64
    public var transmittedBytes: UInt64
    /// Frames that arrived and were dropped because the worker did not keep up.
    public var overrunFrames: UInt64

    public init(name: String, receivedBytes: UInt64, transmittedBytes: UInt64, overrunFrames: UInt64) {
      self.name = name
      self.receivedBytes = receivedBytes
      self.transmittedBytes = transmittedBytes
      self.overrunFrames = overrunFrames
    }
  }

  public struct Worker: Hashable, Sendable {
    public var worker: Int
    public var cpu: Int
    /// Seconds at full load, since the start: of a real core the time it had work, of an emulated one the CPU time it
    /// used over its share.
    public var loadSeconds: Double
    public var frames: UInt64

    public init(worker: Int, cpu: Int, loadSeconds: Double, frames: UInt64) {
      self.worker = worker
      self.cpu = cpu
      self.loadSeconds = loadSeconds
      self.frames = frames
    }
  }

  /// Of the monotonic clock.
  public var time: Nanoseconds
  public var ports: [Port]
  public var workers: [Worker]

  public init(time: Nanoseconds, ports: [Port], workers: [Worker]) {
    self.time = time
    self.ports = ports
    self.workers = workers
  }
}
