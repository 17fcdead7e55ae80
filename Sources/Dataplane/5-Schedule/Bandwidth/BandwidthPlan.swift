import Units

/// What bandwidth management is asked for, over the whole switch: the input of `BandwidthState`.
///
/// Rates count Ethernet frames without FCS and preamble; a link's `overhead` is added to each frame on that link only.
public struct BandwidthPlan: Sendable, Equatable {
  public var ports: [Port]
  /// What frames of classes that are live migration have together, over the whole switch.
  public var liveMigrationLimit: BitRate?
  /// How late a worker may come without a rate being missed: the depth of every bucket that names no burst.
  public var latency = Nanoseconds.milliseconds(4)

  public init(ports: [Port]) { self.ports = ports }

  /// What a port or a class is sure of when the link is contended.
  public enum Minimum: Sendable, Equatable {
    case none
    /// A part of what is left when reserves are served, by proportion.
    case weight(Int)
    /// Served first.
    case reserve(BitRate)
  }

  public struct Port: Sendable, Equatable {
    /// Its place in the switch's tables.
    public var index: Int
    public var isUplink = false
    /// What the device is given at most; nil: no limit, and nothing to share.
    public var rate: BitRate?
    public var overhead = Bytes(0)
    /// What the port may send into the switch.
    public var maximum: BitRate?
    public var burst: Bytes?
    public var minimum = Minimum.none
    public var trustsPriority = true
    /// Broadcast, multicast and unknown unicast frames a second.
    public var stormLimit: UInt64?
    /// Of the frames the port sends; the first that matches counts. At most 63.
    public var classes: [Class] = []
    /// What all ports without a minimum have together of the device's rate.
    public var rest = Minimum.weight(1)
    /// How the device's rate is shared among priorities; empty: it is not.
    public var groups: [Group] = []

    public init(index: Int) { self.index = index }
  }

  public struct Class: Sendable, Equatable {
    public var name: String
    public var match: ClassMatch
    public var minimum = Minimum.none
    public var maximum: BitRate?
    public var setDscp: UInt8?
    public var setPriority: UInt8?

    public init(name: String, match: ClassMatch) {
      self.name = name
      self.match = match
    }
  }

  /// A traffic class of a link, in the manner of enhanced transmission selection (IEEE 802.1Qaz).
  public struct Group: Sendable, Equatable {
    /// Bit n: priority n.
    public var priorities: UInt8
    /// nil: strict, before all shares.
    public var share: Share?

    public init(priorities: UInt8, share: Share?) {
      self.priorities = priorities
      self.share = share
    }
  }
}
