import Dataplane
import Units

/// One meter of a port, in one direction: an element of `show meters` and of the report.
public struct MeterStatus: Codable, Sendable, Equatable {
  /// The name it shares with other meters; `null`: it stands alone.
  @Nullable public var meter: String?
  public var port: String
  /// The end that its rule names: a prefix with its length, or `any`; the other end is `null`.
  @Nullable public var local: String?
  @Nullable public var remote: String?
  public var direction: ACLRule.Direction
  /// A super-frame counts as its segments.
  public var frames: UInt64
  /// Of Ethernet frames, without FCS.
  public var bytes: UInt64
  /// Whether a rule counts now; else it is the total of one that was removed, kept until it is reset.
  public var active: Bool

  public init(_ record: MeterRecord, active: Bool) {
    port = record.key.port
    direction = record.key.direction
    frames = record.count.frames
    bytes = record.count.bytes
    self.active = active
    meter = record.key.meter
    local = record.key.end == .local ? record.key.address : nil
    remote = record.key.end == .remote ? record.key.address : nil
  }
}

/// Everything that passed a port with meters, metered or not.
public struct MeterTotal: Codable, Sendable, Equatable {
  public var port: String
  public var direction: ACLRule.Direction
  public var frames: UInt64
  public var bytes: UInt64
}

/// The meters of one name, summed.
public struct SharedMeterStatus: Codable, Sendable, Equatable {
  public var meter: String
  public var direction: ACLRule.Direction
  public var ports: [String]
  public var frames: UInt64
  public var bytes: UInt64
}

/// `meters report`, and what `meters reset` cleared: what was counted since a moment.
public struct MeterReport: Codable, Sendable, Equatable {
  public var meters: [MeterStatus]
  public var totals: [MeterTotal]
  public var shared: [SharedMeterStatus]
  /// Counted from here on, in seconds since 1970; `null`: from the last reset.
  @Nullable public var since: Int?

  public init(meters: [MeterStatus], totals: [MeterTotal], since: Int?) {
    self.meters = meters
    self.totals = totals
    shared = Self.shared(meters)
    self.since = since
  }

  private static func shared(_ meters: [MeterStatus]) -> [SharedMeterStatus] {
    var found: [SharedMeterStatus] = []
    var places: [[String]: Int] = [:]
    for one in meters {
      guard let name = one.meter else { continue }
      let key = [name, "\(one.direction)"]
      if let i = places[key] {
        found[i].frames += one.frames
        found[i].bytes += one.bytes
        if !found[i].ports.contains(one.port) { found[i].ports.append(one.port) }
      } else {
        places[key] = found.count
        found.append(
          SharedMeterStatus(
            meter: name, direction: one.direction, ports: [one.port], frames: one.frames, bytes: one.bytes))
      }
    }
    return found
  }
}
