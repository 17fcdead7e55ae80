import Rings

/// The kinds of port, as the frame's road tells them apart.
public enum PortKind: UInt8, Sendable {
  /// A network device (NIC, veth, tap) over AF_XDP.
  case netdev
  /// The host's own vNIC: a tap device that the switch holds.
  case host
  /// Frames in memory, for tests and benchmarks.
  case memory
}

/// How one worker receives from and transmits to one port. Trivial: the road copies and reads it without counting
/// references; the port object that made it keeps what it points to alive.
public struct PortIO {
  public var kind: PortKind
  /// netdev: this worker's socket on each device queue it receives from.
  public var sockets: UnsafeMutablePointer<UnsafeMutablePointer<XDPSocketState>>?
  public var socketCount = 0
  /// netdev: the socket, among `sockets`, this worker transmits on. Always the same, so that order is kept.
  public var transmitSocket: UnsafeMutablePointer<XDPSocketState>?
  /// netdev: a packet socket with vnet headers, for super-frames.
  public var packetSocket: Int32 = -1
  /// netdev: the packet socket skips the qdisc, which the device must be able to take super-frames for.
  public var packetBypass = false
  /// host: this worker's queue of the tap device.
  public var tap: Int32 = -1
  /// memory: the port's rings.
  public var memory: UnsafeMutablePointer<MemoryRings>?
  /// The longest frame the device takes, VLAN tag aside: its MTU and the Ethernet header.
  public var maximumFrame: UInt32 = 1514
  /// veth and tap senders leave checksums partial without saying so where the kernel cannot be asked; a NIC never does.
  public var guessesPartialChecksums = false

  public init(kind: PortKind) { self.kind = kind }
}
