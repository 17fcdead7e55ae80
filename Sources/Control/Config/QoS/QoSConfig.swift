import Dataplane
import Units

/// What a port says of bandwidth: `qos: {weight: 20, maximum: 2Gbit}`.
///
/// Rates count Ethernet frames without FCS and preamble.
public struct QoSConfig: Sendable, Equatable {
  /// Its part when a link is contended, 1 to 100.
  public var weight: Int?
  /// What it has in any case.
  public var reserve: BitRate?
  /// What it may send into the switch, and what the switch sends to it.
  public var maximumOut: BitRate?
  public var maximumIn: BitRate?
  /// What may be sent at once beyond `maximumOut` after a pause; nil: 4 ms of it.
  public var burst: Bytes?
  /// Off: the priority of the tags it sends counts as 0, and is set to it.
  public var trustsPriority = true
  /// Broadcast, multicast and unknown unicast frames a second.
  public var stormLimit: Int?

  public init() {}

  /// Written weight and reserve, as the scheduler takes them.
  var minimum: BandwidthPlan.Minimum {
    if let weight { return .weight(weight) }
    if let reserve { return .reserve(reserve) }
    return .none
  }

  public enum Limits {
    public static let weight = 1...100
    public static let rate = BitRate(bitsPerSecond: 1514 * 8)...BitRate(bitsPerSecond: 1_000_000_000_000)
    public static let burst = Bytes(1514)...Bytes(1 << 30)
    public static let stormLimit = 1...1_000_000_000
    /// A port's own and the switch's together.
    public static let classes = 63
    /// Pairs of a class and a link with a rate.
    public static let leaves = 65536
  }
}

/// How the switch shares links: `minimumBandwidth` and what goes with it.
public struct BandwidthConfig: Sendable, Equatable {
  public var mode = Mode.weight
  /// What all ports without a weight have together.
  public var defaultFlowWeight = 1
  /// The same in absolute mode; nil: a tenth of the link.
  public var defaultFlowReserve: BitRate?
  /// What all live migrations have together.
  public var liveMigrationLimit: BitRate?
  /// For frames that fit no class of their port.
  public var classes: [TrafficClass] = []

  public init() {}

  public enum Mode: String, Sendable, CaseIterable {
    case weight, absolute, none
  }
}

/// A class of frames: an element of `classes`.
public struct TrafficClass: Sendable, Equatable {
  public var name: String
  public var match = ClassMatch()
  public var weight: Int?
  public var reserve: BitRate?
  public var maximum: BitRate?
  public var setDscp: Int?
  public var setPriority: Int?
  public var place: ConfigPlace

  public init(name: String, place: ConfigPlace = ConfigPlace()) {
    self.name = name
    self.place = place
  }

  /// What `show qos` calls frames of no class.
  public static let defaultName = "default"

  var planned: BandwidthPlan.Class {
    var planned = BandwidthPlan.Class(name: name, match: match)
    if let weight { planned.minimum = .weight(weight) } else if let reserve { planned.minimum = .reserve(reserve) }
    planned.maximum = maximum
    planned.setDscp = setDscp.map { UInt8($0) }
    planned.setPriority = setPriority.map { UInt8($0) }
    return planned
  }
}

/// A traffic class of an uplink (IEEE 802.1Qaz): an element of `ets`.
public struct PriorityGroup: Sendable, Equatable {
  public var priorities: [Int]
  /// nil: strict.
  public var share: Share?

  public init(priorities: [Int], share: Share?) {
    self.priorities = priorities
    self.share = share
  }

  var planned: BandwidthPlan.Group {
    BandwidthPlan.Group(priorities: priorities.reduce(0) { $0 | 1 << UInt8($1) }, share: share)
  }
}
