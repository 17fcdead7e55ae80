/// What rules ask of a frame, its ends named as they are to the port: remote and local.
///
/// What cannot be read is said so, and is held against the frame: a deny rule that asks for it matches, an allow rule does
/// not.
public struct Packet: Sendable, Hashable {
  /// MAC addresses, as `MACAddress.value`.
  public var remoteMAC: UInt64 = 0
  public var localMAC: UInt64 = 0
  public var network = Network.none
  /// IP addresses, as the halves of `IPAddress`.
  public var remoteHigh: UInt64 = 0
  public var remoteLow: UInt64 = 0
  public var localHigh: UInt64 = 0
  public var localLow: UInt64 = 0
  /// 0 to 255, or `unknownProtocol`.
  public var ipProtocol: UInt16 = 0
  public var ports = Ports.none
  public var remotePort: UInt16 = 0
  public var localPort: UInt16 = 0

  public init() {}

  /// An IPv6 fragment, or a chain of extension headers too long to follow.
  public static var unknownProtocol: UInt16 { 256 }

  public enum Network: UInt8, Sendable {
    /// ARP and whatever else is not IP.
    case none
    case ipv4
    case ipv6
    /// IP by its EtherType, but the addresses are cut off or the version contradicts it; or behind a second tag.
    case unreadable
  }

  public enum Ports: UInt8, Sendable {
    /// The protocol has none.
    case none
    case known
    /// A fragment, or cut off, or the protocol is not known.
    case unknown
  }
}

/// One end of a packet: its address, as the halves of `IPAddress`, and its port, 0 where there is none to read.
package struct PacketEnd {
  package var high: UInt64
  package var low: UInt64
  package var port: UInt16

  @inline(__always) package init(high: UInt64, low: UInt64, port: UInt16) {
    (self.high, self.low, self.port) = (high, low, port)
  }
}
