import Dataplane
import Units

/// One port or uplink of the configuration.
public struct PortConfig: Sendable, Equatable {
  public var name: String
  public var role: Role
  public var device: Device
  /// The address of what is attached. For a host port: the address its device is given; left out, one that is the
  /// same at each start (`StableAddress`).
  public var mac: MACAddress?
  /// The MTU the device is given, 68 to 9,198 bytes; nil: left as it is.
  public var mtu: Int?
  public var ingress: Ingress
  /// Segment coalescing: consecutive segments of a flow that arrive natively, or leave by this port, may be joined.
  public var rsc: Bool
  /// Takes a device that carries an address or the default route, or that is a bridge's.
  public var adopt: Bool
  public var vlan: VLAN
  /// 0 to 100; 0: no queue of its own.
  public var queueWeight: Int
  /// nil: off.
  public var vrss: VRSS?
  /// nil: as the switch.
  public var steering: SwitchConfig.SteeringMode?
  /// What the link carries: the switch sends the device no more than this; nil: not limited.
  public var rate: BitRate?
  /// What the link adds to each frame, counted against `rate`; nil: 24 B for a NIC, nothing for veth and tap.
  public var overhead: Bytes?
  /// A team's member: the CPUs of the workers that serve the queues which are its own; nil: all workers.
  public var processors: [Int]?
  /// Rules on what its device sends and is sent, in the order they are written.
  public var acl: [ACLRule]
  public var qos = QoSConfig()
  /// Of the frames the port sends; looked at before the switch's.
  public var classes: [TrafficClass] = []
  /// How an uplink's rate is shared among priorities.
  public var ets: [PriorityGroup] = []
  public var mirroring = PortMirroring.none
  public var place: ConfigPlace

  public init(
    name: String, role: Role = .vport, device: Device, mac: MACAddress? = nil, mtu: Int? = nil,
    ingress: Ingress = .auto, rsc: Bool = true, adopt: Bool = false, vlan: VLAN? = nil, queueWeight: Int? = nil,
    vrss: VRSS? = VRSS(),
    steering: SwitchConfig.SteeringMode? = nil, rate: BitRate? = nil, overhead: Bytes? = nil, processors: [Int]? = nil,
    acl: [ACLRule] = [], place: ConfigPlace = ConfigPlace()
  ) {
    self.name = name
    self.role = role
    self.device = device
    self.mac = mac
    self.mtu = mtu
    self.ingress = ingress
    self.rsc = rsc
    self.adopt = adopt
    self.vlan = vlan ?? role.defaultVLAN
    self.queueWeight = queueWeight ?? role.defaultQueueWeight
    self.vrss = vrss
    self.steering = steering
    self.rate = rate
    self.overhead = overhead
    self.processors = processors
    self.acl = acl
    self.place = place
  }

  public enum Role: String, Sendable {
    /// A port of a VM or of the host itself.
    case vport = "port"
    /// A port to the physical network.
    case uplink

    /// An uplink carries every VLAN with its tag; a vport sends and receives untagged frames.
    public var defaultVLAN: VLAN { self == .uplink ? .every : .untagged }

    /// An uplink has no queue of its own: what arrives there is for others' addresses, or for the default queue.
    public var defaultQueueWeight: Int { self == .uplink ? 0 : 100 }
  }

  public enum Device: Sendable, Equatable {
    /// A device that exists without the switch.
    case netdev(String)
    /// A tap device that the switch makes for a VM to open: QEMU's `-netdev tap,ifname=NAME,script=no`.
    case tap(String)
    /// A tap device that the switch makes and holds: the host's own vNIC.
    case host(name: String, addresses: [InterfaceAddress])

    /// Whether the switch makes the device.
    var isMade: Bool { if case .netdev = self { false } else { true } }

    /// The device's name on the host.
    public var name: String {
      switch self {
      case .netdev(let name), .tap(let name), .host(let name, _): name
      }
    }
  }

  /// How frames come in over a netdev (`auto`: as was measured best for such a device).
  public enum Ingress: String, Sendable, CaseIterable {
    case auto
    /// Generic XDP, multi-buffer: super-frames come in whole.
    case `super`
    /// XDP in the driver.
    case native
  }

  /// How a queue's flows are spread over workers.
  public struct VRSS: Sendable, Equatable {
    public var mode: Mode
    /// At most so many workers serve the queue; nil: all.
    public var maximumWorkers: Int?
    /// The home worker, which also takes what cannot be hashed, gets none of the hashed flows.
    public var excludeHome: Bool

    public enum Mode: String, Sendable, CaseIterable {
      /// Entries move to where there is room.
      case dynamic
      /// Entries stay where they are.
      case `static`
    }

    public init(mode: Mode = .dynamic, maximumWorkers: Int? = nil, excludeHome: Bool = false) {
      self.mode = mode
      self.maximumWorkers = maximumWorkers
      self.excludeHome = excludeHome
    }
  }

  public enum Limits {
    /// An IPv4 host must accept 68 bytes (RFC 791); frames have 9,216 bytes at most, 18 of them header and tag.
    public static let mtu = 68...9198
    /// RFC 8200, 5.
    public static let leastMTUOfIPv6 = 1280
    public static let queueWeight = 0...100
    public static let rate = BitRate(bitsPerSecond: 1000)...BitRate(bitsPerSecond: 1_000_000_000_000)
    public static let overhead = Bytes(0)...Bytes(255)
    /// IFNAMSIZ, less the zero byte.
    public static let deviceName = 15
    public static let name = 32
  }
}
