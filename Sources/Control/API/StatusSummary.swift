import Units

/// The whole switch in one object: `show summary`.
public struct SummaryStatus: Codable, Sendable, Equatable {
  /// Millrace's version.
  public var version: String
  /// The switch's process.
  public var processID: Int32
  /// The configuration file, as it was named to `run`.
  public var configuration: String
  public var uptimeSeconds: Double
  /// `single`, `rss`, `vmq` or `vmq+vrss`.
  public var steering: String
  /// `adaptive`, `busy` or `interrupt`.
  public var polling: String
  /// `fair` or `realtime`.
  public var scheduling = SwitchConfig.Scheduling.fair.rawValue
  /// The share of a CPU that each emulated core has, 0 to 1; `null` when the workers are real cores.
  @Nullable public var emulatedShare: Double?
  /// Workers, counted.
  public var workers = 0
  /// Ports, counted, uplinks included.
  public var ports = 0
  /// Ports whose device is there and up.
  public var portsUp = 0
  /// Ports that have a VMQ, and how many may.
  public var queues = 0
  public var queuesMaximum = 0
  /// FDB entries in use, and how many fit.
  public var fdbEntries = 0
  public var fdbCapacity = 0
  /// Sums over all ports since the start.
  public var receivedFrames: UInt64 = 0
  public var receivedBytes: UInt64 = 0
  public var transmittedFrames: UInt64 = 0
  public var transmittedBytes: UInt64 = 0
  /// Frames dropped, for every reason, at every port.
  public var droppedFrames: UInt64 = 0
  public var frames = FramesStatus()

  public init(version: String, processID: Int32, configuration: String, steering: String, polling: String) {
    self.version = version
    self.processID = processID
    self.configuration = configuration
    self.steering = steering
    self.polling = polling
    uptimeSeconds = 0
    emulatedShare = nil
  }
}
