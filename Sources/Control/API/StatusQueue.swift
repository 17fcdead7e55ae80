import Units

/// One VMQ, or the default queue: an element of `show queues`.
public struct QueueStatus: Codable, Sendable, Equatable {
  /// What `port` says for the default queue.
  public static let defaultQueuePort = "default"

  /// The port whose address is hashed to this queue; `default` for the default queue.
  public var port: String
  /// The queue's number; 0 is the default queue.
  public var queue: Int
  /// The address and VLAN (0 for untagged) of the VMQ's filter; the address is `null` for the default queue.
  @Nullable public var mac: MACAddress?
  public var vlan: UInt16
  public var homeWorker: Int
  /// The workers its indirection table names, ascending; the home worker alone without vRSS.
  public var workers: [Int]
  /// Whether vRSS spreads the queue over workers.
  public var vrss: Bool
  /// Frames that took this queue.
  public var frames: UInt64 = 0
  /// Where NICs match the filter themselves: the hardware queue that each gives these frames to.
  public var hardware: [HardwareQueue] = []

  /// A hardware queue of an uplink.
  public struct HardwareQueue: Codable, Sendable, Equatable {
    public var netdev: String
    public var queue: Int

    public init(netdev: String, queue: Int) { (self.netdev, self.queue) = (netdev, queue) }
  }

  public init(
    port: String, queue: Int, mac: MACAddress?, vlan: UInt16, homeWorker: Int, workers: [Int], vrss: Bool
  ) {
    self.port = port
    self.queue = queue
    self.vlan = vlan
    self.homeWorker = homeWorker
    self.workers = workers
    self.vrss = vrss
    self.mac = mac
  }
}

/// The indirection table of one port's queue: an element of `show indirection`.
public struct IndirectionStatus: Codable, Sendable, Equatable {
  /// The port; `default` for the default queue.
  public var port: String
  /// The worker of each of the 128 entries; the entry of a frame is its Toeplitz hash's low seven bits.
  public var entries: [Int]

  public init(port: String, entries: [Int]) {
    self.port = port
    self.entries = entries
  }
}
