import Steering
import Units

/// A whole configuration, validated: what the YAML file says, with every default filled in.
public struct SwitchConfig: Sendable, Equatable {
  /// The CPU of each worker, 1 to 64 of them. CPUs may repeat.
  public var workers: [Int]
  public var polling: Polling
  public var scheduling = Scheduling.fair
  /// The share of one CPU that each worker is held to; nil: workers are real cores.
  public var emulatedShare: Share?
  public var steering: SteeringMode
  /// How many ports can have a VMQ, 0 to 1,024.
  public var queues: Int
  /// The frame arena: 1 MiB to 16 GiB, a multiple of 4 KiB.
  public var arena: Bytes
  public var fdb: FDBConfig
  /// How many flows stateful rules may keep, of all ports.
  public var flows: Int
  /// What a crash may lose of meters' counts: how often they are written down.
  public var meterSaveInterval: Nanoseconds
  /// When queues and entries move to other workers; nil: never.
  public var rebalance: RebalancePolicy?
  public var bandwidth = BandwidthConfig()
  public var uplinks: [PortConfig]
  public var teams: [TeamConfig]
  public var ports: [PortConfig]
  /// The `switch` mapping.
  public var place: ConfigPlace

  public init(
    workers: [Int], polling: Polling = .adaptive, emulatedShare: Share? = nil, steering: SteeringMode = .vmqVRSS,
    queues: Int = Defaults.queues, arena: Bytes = Defaults.arena, fdb: FDBConfig = FDBConfig(),
    flows: Int = Defaults.flows, meterSaveInterval: Nanoseconds = Defaults.meterSaveInterval,
    rebalance: RebalancePolicy? = RebalancePolicy(), uplinks: [PortConfig] = [], teams: [TeamConfig] = [],
    ports: [PortConfig] = [], place: ConfigPlace = ConfigPlace()
  ) {
    self.workers = workers
    self.polling = polling
    self.emulatedShare = emulatedShare
    self.steering = steering
    self.queues = queues
    self.arena = arena
    self.fdb = fdb
    self.flows = flows
    self.meterSaveInterval = meterSaveInterval
    self.rebalance = rebalance
    self.uplinks = uplinks
    self.teams = teams
    self.ports = ports
    self.place = place
  }

  /// Rebalancing only says what it would move.
  public mutating func makeRebalancingDry() { rebalance?.dryRun = true }

  /// Uplinks first, then ports, each in the order of the file.
  public var allPorts: [PortConfig] { uplinks + ports }

  public func port(named name: String) -> PortConfig? { allPorts.first { $0.name == name } }

  /// Whether some port has a meter.
  var isMetered: Bool { allPorts.contains { $0.acl.contains { $0.action == .meter } } }

  /// How a port's arriving frames are steered: as it says itself, else as the switch says.
  public func steering(of port: PortConfig) -> SteeringMode { port.steering ?? steering }

  /// What a worker does when there is nothing to do.
  public enum Polling: String, Sendable, CaseIterable {
    /// Backs off to sleeping.
    case adaptive
    /// Asks again at once.
    case busy
    /// Sleeps until a device has frames.
    case interrupt
  }

  /// How the kernel lets workers run beside others on their CPUs (sched(7)).
  public enum Scheduling: String, Sendable, CaseIterable {
    /// As any other thread, in short turns.
    case fair
    /// Before every ordinary thread (SCHED_FIFO, priority 1): for CPUs that workers share with other programs.
    case realtime
  }

  /// How a frame is given to a worker.
  public enum SteeringMode: String, Sendable, CaseIterable {
    /// All to one worker.
    case single
    /// By flow hash over all workers, whatever the address.
    case rss
    /// By destination address and VLAN to the port's queue, one home worker each.
    case vmq
    /// As `vmq`, and the queue's indirection table spreads its flows.
    case vmqVRSS = "vmq+vrss"
  }

  public enum Defaults {
    public static let queues = 64
    public static let arena = Bytes(64 << 20)
    public static let flows = 131_072
    public static let meterSaveInterval = Nanoseconds.seconds(10)
  }

  public enum Limits {
    public static let workers = 64
    /// Less, and a worker would sleep for seconds after a batch.
    public static let emulatedShare = Share(fraction: 0.001)
    /// Ports, uplinks and teams together.
    public static let ports = 1024
    public static let queues = 0...1024
    public static let arena = Bytes(1 << 20)...Bytes(16 << 30)
    public static let rebalanceWindow = Nanoseconds.milliseconds(500)...Nanoseconds.seconds(60)
    /// A chunk of the arena is one page.
    public static let arenaMultiple = Bytes(4096)
    public static let flows = 16...4_194_304
    public static let meterSaveInterval = Nanoseconds.seconds(1)
  }
}
