import Units
import Wire

/// What a rule does with the frames it matches.
public enum RuleAction: UInt8, Sendable {
  case allow = 1
  case deny = 2
  /// Counts them, and nothing else.
  case meter = 3
}

/// The end of a frame's way that a rule names. Towards the port's device (`in`) the remote end is the source; what the
/// device sent (`out`) has it as the destination.
public enum RuleEnd: UInt8, Sendable {
  case remote
  case local
}

/// A rule on one address (Hyper-V: Add-VMNetworkAdapterAcl), in one direction.
public struct BasicRule: Sendable, Hashable {
  public enum Address: Sendable, Hashable {
    /// Every IPv4 and IPv6 address.
    case any
    case prefix(IPPrefix)
    /// Every MAC address, whatever the frame carries.
    case anyMAC
    case mac(MACAddress)
  }

  public var action: RuleAction
  public var end: RuleEnd
  public var address: Address
  /// Where it counts: `RuleCells`. 1 or more.
  public var cell: UInt32

  public init(_ action: RuleAction, _ end: RuleEnd, _ address: Address, cell: UInt32) {
    (self.action, self.end, self.address, self.cell) = (action, end, address, cell)
  }
}

/// A rule on addresses, protocol and ports (Hyper-V: Add-VMNetworkAdapterExtendedAcl), in one direction. It matches IP
/// only. Of all that match, the one with the largest weight decides.
public struct ExtendedRule: Sendable, Hashable {
  public var weight: Int
  /// Allow or deny.
  public var action: RuleAction
  /// nil: any address of either version.
  public var remote: IPPrefix?
  public var local: IPPrefix?
  /// nil: any.
  public var ipProtocol: UInt8?
  /// nil: any, and protocols without ports too.
  public var remotePorts: ClosedRange<UInt16>?
  public var localPorts: ClosedRange<UInt16>?
  /// An allow: what belongs to the flows it allowed is allowed in the other direction too.
  public var isStateful: Bool
  /// How long a flow may be silent, in seconds.
  public var idleSeconds: UInt32
  /// Where it counts: `RuleCells`. 1 or more.
  public var cell: UInt32

  public init(
    weight: Int, _ action: RuleAction, remote: IPPrefix? = nil, local: IPPrefix? = nil, ipProtocol: UInt8? = nil,
    remotePorts: ClosedRange<UInt16>? = nil, localPorts: ClosedRange<UInt16>? = nil, isStateful: Bool = false,
    idleSeconds: UInt32 = 255, cell: UInt32
  ) {
    self.weight = weight
    self.action = action
    self.remote = remote
    self.local = local
    self.ipProtocol = ipProtocol
    self.remotePorts = remotePorts
    self.localPorts = localPorts
    self.isStateful = isStateful
    self.idleSeconds = idleSeconds
    self.cell = cell
  }
}
