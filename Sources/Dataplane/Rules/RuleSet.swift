import Rings
import Wire

/// What a port does with the frames of one direction: immutable, built by control, published with the forwarding table.
public struct RuleSet {
  let memory: RuleMemory
  /// The port's index and the direction: `in` is towards its device.
  let port: UInt16
  let isIn: Bool
  let maps: RangeMaps
  /// Index: a `RuleWord` that is a pair.
  let pairs: UnsafePointer<Decision>
  let remote: AddressTable
  let local: AddressTable
  /// The ends whose IP addresses some rule names: the remote one before the local one.
  let first: EndView
  let second: EndView
  let extended: ExtendedTable
  /// Some rule names a MAC address.
  let judgesMAC: Bool
  /// Some rules name IP addresses of one end, some of the other.
  let judgesBothEnds: Bool
  /// Some prefix is longer than /64.
  let hasLowerHalves: Bool
  /// Steps from the roots to the lines that are worth leading many look-ups side by side.
  var leads: Int { hasLowerHalves ? 2 : 1 }
  /// Some rule denies IP frames: one that cannot be read is dropped.
  let deniesIP: Bool
  /// All there is are rules on the IP addresses of one end.
  let judgesOneEnd: Bool
  /// Extended rules, or flows that such rules of the other direction allowed.
  let judgesFlows: Bool
  /// Some rule of the port is stateful.
  let keepsFlows: Bool
  /// Where frames count that pass and that no meter matches; 0: nowhere.
  let restCell: UInt32
}

/// Where an end's address lies in an IP header, and the maps that answer for it: their roots, and where look-ups begin.
struct EndView {
  var ipv4 = RuleWord.none
  var ipv6 = RuleWord.none
  var ipv4Entry: RangeMapEntry
  var ipv6Entry: RangeMapEntry
  var ipv4Offset: UInt16
  var ipv6Offset: UInt16

  /// - Parameter isSource: the end that the frame comes from.
  init(_ table: AddressTable, in maps: RangeMapBuilder, isSource: Bool) {
    (ipv4, ipv6) = (table.ipv4, table.ipv6)
    (ipv4Entry, ipv6Entry) = (maps.entry(of: table.ipv4), maps.entry(of: table.ipv6))
    (ipv4Offset, ipv6Offset) = isSource ? (12, 8) : (16, 24)
  }

  /// The end's address as a key of the maps, from a whole IPv4 header.
  @inline(__always) func ipv4Key(in header: UnsafeRawPointer) -> UInt64 {
    UInt64(header.big32(Int(ipv4Offset))) << 32
  }

  /// The halves of the end's address, from a whole IPv6 header.
  @inline(__always) func ipv6Key(in header: UnsafeRawPointer) -> (high: UInt64, low: UInt64) {
    (header.big64(Int(ipv6Offset)), header.big64(Int(ipv6Offset) + 8))
  }
}

/// The rules of a port, both directions, and the memory they lie in. A forwarding table that uses them keeps them alive.
public final class PortRules: @unchecked Sendable {
  /// What the workers read; nil: nothing to judge in that direction.
  let `in`: UnsafePointer<RuleSet>?
  let out: UnsafePointer<RuleSet>?
  private let memory: [UnsafeMutableRawPointer]

  /// One direction's rules.
  public struct Direction: Sendable {
    public var basic: [BasicRule]
    public var extended: [ExtendedRule]
    /// The cell of what passes and no meter matches; 0: it is not counted.
    public var restCell: UInt32

    public init(basic: [BasicRule] = [], extended: [ExtendedRule] = [], restCell: UInt32 = 0) {
      (self.basic, self.extended, self.restCell) = (basic, extended, restCell)
    }

    var isEmpty: Bool { basic.isEmpty && extended.isEmpty && restCell == 0 }
  }

  /// - Parameter port: the port's index.
  public init(in arriving: Direction, out sent: Direction, port: UInt16, memory shared: RuleMemory) {
    var builder = RuleSetBuilder(memory: shared, port: port)
    let keepsFlows = (arriving.extended + sent.extended).contains { $0.isStateful }
    `in` = arriving.isEmpty && !keepsFlows ? nil : builder.build(arriving, isIn: true, keepsFlows: keepsFlows)
    out = sent.isEmpty && !keepsFlows ? nil : builder.build(sent, isIn: false, keepsFlows: keepsFlows)
    memory = builder.allocations
  }

  deinit { for one in memory { one.deallocate() } }
}

/// A port's rules, as its entry in the forwarding table holds them.
public struct PortRulesView {
  let `in`: UnsafePointer<RuleSet>?
  let out: UnsafePointer<RuleSet>?

  /// Without rules.
  public init() { (`in`, out) = (nil, nil) }

  /// `rules` must live as long as the view is used.
  public init(_ rules: PortRules?) { (`in`, out) = (rules?.in, rules?.out) }
}
