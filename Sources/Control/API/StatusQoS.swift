import Units

/// A class of a port: an element of `show qos`. Rates count Ethernet frames without FCS and preamble.
public struct QoSStatus: Codable, Sendable, Equatable {
  public var port: String
  /// `default`: what fits no class.
  public var `class`: String
  @Nullable public var weight: Int?
  @Nullable public var reserveBitsPerSecond: UInt64?
  @Nullable public var maximumBitsPerSecond: UInt64?
  /// What the switch sends to the port at most.
  @Nullable public var maximumInBitsPerSecond: UInt64?
  /// What it could have now on the first uplink with a rate; `null`: nothing limits it.
  @Nullable public var grantedBitsPerSecond: UInt64?
  /// What it had over the last second.
  public var rateBitsPerSecond: UInt64 = 0
  public var frames: UInt64 = 0
  public var bytes: UInt64 = 0
  public var waitingBytes: UInt64 = 0
  /// How long frames waited for a rate, those that did not among them.
  public var delayP50Microseconds: Double = 0
  public var delayP99Microseconds: Double = 0
  /// Frames dropped because their flow had waited too long (CoDel), and because too much waited.
  public var dropsAQM: UInt64 = 0
  public var dropsFull: UInt64 = 0
  /// Frames marked instead (ECN).
  public var marks: UInt64 = 0

  public init(port: String, class name: String) {
    self.port = port
    self.class = name
    weight = nil
    reserveBitsPerSecond = nil
    maximumBitsPerSecond = nil
    maximumInBitsPerSecond = nil
    grantedBitsPerSecond = nil
  }
}

/// Every class of every port; empty while nothing asks for bandwidth management.
public struct QoSDocument: StatusDocument {
  public static let subject = StatusSubject.qos
  public var qos: [QoSStatus]
  public init(qos: [QoSStatus]) { self.qos = qos }
}
