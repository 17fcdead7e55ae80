import Glibc
import Ports
import Units

/// What a host offers the switch, read at one moment or made up for a test.
public struct HostFacts: Sendable {
  /// As `uname -r` tells it.
  public var kernelRelease: String
  /// Capabilities that the switch needs and this process lacks.
  public var missingCapabilities: [String]
  /// Whether tap devices can be made (/dev/net/tun).
  public var canMakeTaps: Bool
  /// What it can still give to programs; nil when it does not say.
  public var memory: Memory?
  /// The names of this network namespace's devices.
  public var deviceNames: [String]
  /// A device of this network namespace; nil when there is none of this name.
  public var device: @Sendable (String) -> DeviceFacts?

  public init(
    kernelRelease: String, missingCapabilities: [String] = [], canMakeTaps: Bool = true, memory: Memory? = nil,
    deviceNames: [String] = [], device: @escaping @Sendable (String) -> DeviceFacts?
  ) {
    self.kernelRelease = kernelRelease
    self.missingCapabilities = missingCapabilities
    self.canMakeTaps = canMakeTaps
    self.memory = memory
    self.deviceNames = deviceNames
    self.device = device
  }

  /// Memory nobody needs at the moment (/proc/meminfo).
  public struct Memory: Sendable, Equatable {
    /// MemAvailable: without swapping.
    public var available: Bytes
    /// Huge pages that were set aside and are free; not among `available`.
    public var hugePages: Bytes

    public init(available: Bytes, hugePages: Bytes = Bytes(0)) {
      self.available = available
      self.hugePages = hugePages
    }
  }

  /// What is true of a network device.
  public struct DeviceFacts: Sendable, Equatable {
    /// Its own name, also when it was asked for by an alternative one (`ip link property add altname`).
    public var name: String
    /// False for loopback, tun and other devices without Ethernet headers.
    public var isEthernet: Bool
    /// Addresses that somebody gave it, or a VLAN or macvlan device upon it; IPv6 link-local ones, which the kernel
    /// gives every device, are left out.
    public var addresses: [String]
    /// Itself, or through a device upon it.
    public var carriesDefaultRoute: Bool
    /// The bridge, bond or team that it belongs to.
    public var master: String?
    /// The identifier of an attached XDP program, 0 for several.
    public var xdpProgram: UInt32?
    public var receiveQueues: Int

    public init(
      name: String, isEthernet: Bool = true, addresses: [String] = [], carriesDefaultRoute: Bool = false,
      master: String? = nil, xdpProgram: UInt32? = nil, receiveQueues: Int = 1
    ) {
      self.name = name
      self.isEthernet = isEthernet
      self.addresses = addresses
      self.carriesDefaultRoute = carriesDefaultRoute
      self.master = master
      self.xdpProgram = xdpProgram
      self.receiveQueues = receiveQueues
    }
  }

  /// What a change of rules asks of this host.
  static func ofMemory() -> HostFacts {
    HostFacts(kernelRelease: "", memory: Memory(meminfo: procText("/proc/meminfo"))) { _ in nil }
  }

  /// This host, in the network namespace of the calling thread.
  public static func current() -> HostFacts {
    let names = names()
    let links = names.compactMap(LinkQuery.link)
    let addresses = DeviceAddresses.all()
    let routed = DefaultRoute.devices()
    return HostFacts(
      kernelRelease: release(), missingCapabilities: Capabilities.missing(),
      canMakeTaps: access("/dev/net/tun", R_OK | W_OK) == 0, memory: Memory(meminfo: procText("/proc/meminfo")),
      deviceNames: names
    ) { name in
      guard let link = LinkQuery.link(named: name) else { return nil }
      let upon = links.filter { $0.lower == link.index && stackedKinds.contains($0.kind) }.map(\.name)
      return DeviceFacts(
        name: link.name, isEthernet: link.isEthernet,
        addresses: (addresses[link.name] ?? [])
          + upon.flatMap { upper in
            (addresses[upper] ?? []).map { "\($0) (on \(upper))" }
          },
        carriesDefaultRoute: routed.contains(link.name) || !routed.isDisjoint(with: upon), master: link.master,
        xdpProgram: link.xdpProgram, receiveQueues: NetdevFacts(name: name)?.receiveQueues ?? 1)
    }
  }

  /// Devices whose frames travel in those of the device they lie upon.
  private static let stackedKinds: Set<String> = ["vlan", "macvlan", "macvtap", "ipvlan", "ipvtap"]

  private static func release() -> String {
    var system = utsname()
    guard uname(&system) == 0 else { return "" }
    return withUnsafeBytes(of: &system.release) { String(decoding: $0.prefix { $0 != 0 }, as: UTF8.self) }
  }

  private static func names() -> [String] {
    let all: UnsafeMutablePointer<if_nameindex>? = if_nameindex()
    guard let list = all else { return [] }
    defer { if_freenameindex(list) }
    var names: [String] = []
    var entry = list
    while entry.pointee.if_index != 0, let name = entry.pointee.if_name {
      names.append(String(cString: name))
      entry += 1
    }
    return names
  }
}
