import Glibc

/// What a host offers the switch, read at one moment or made up for a test.
public struct HostFacts: Sendable {
  /// As `uname -r` tells it.
  public var kernelRelease: String
  /// Capabilities that the switch needs and this process lacks.
  public var missingCapabilities: [String]
  /// Whether tap devices can be made (/dev/net/tun).
  public var canMakeTaps: Bool
  /// The names of this network namespace's devices.
  public var deviceNames: [String]
  /// A device of this network namespace; nil when there is none of this name.
  public var device: @Sendable (String) -> DeviceFacts?

  public init(
    kernelRelease: String, missingCapabilities: [String] = [], canMakeTaps: Bool = true, deviceNames: [String] = [],
    device: @escaping @Sendable (String) -> DeviceFacts?
  ) {
    self.kernelRelease = kernelRelease
    self.missingCapabilities = missingCapabilities
    self.canMakeTaps = canMakeTaps
    self.deviceNames = deviceNames
    self.device = device
  }

  /// What is true of a network device.
  public struct DeviceFacts: Sendable, Equatable {
    /// False for loopback, tun and other devices without Ethernet headers.
    public var isEthernet: Bool
    /// Addresses that somebody gave it; IPv6 link-local ones, which the kernel gives every device, are left out.
    public var addresses: [String]
    public var carriesDefaultRoute: Bool
    /// The bridge, bond or team that it belongs to.
    public var master: String?
    /// The identifier of an attached XDP program, 0 for several.
    public var xdpProgram: UInt32?

    public init(
      isEthernet: Bool = true, addresses: [String] = [], carriesDefaultRoute: Bool = false, master: String? = nil,
      xdpProgram: UInt32? = nil
    ) {
      self.isEthernet = isEthernet
      self.addresses = addresses
      self.carriesDefaultRoute = carriesDefaultRoute
      self.master = master
      self.xdpProgram = xdpProgram
    }
  }

  /// This host, in the network namespace of the calling thread.
  public static func current() -> HostFacts {
    HostFacts(
      kernelRelease: release(), missingCapabilities: Capabilities.missing(),
      canMakeTaps: access("/dev/net/tun", R_OK | W_OK) == 0, deviceNames: names()
    ) { name in
      guard let link = LinkQuery.link(named: name) else { return nil }
      return DeviceFacts(
        isEthernet: link.isEthernet, addresses: DeviceAddresses.addresses(of: name),
        carriesDefaultRoute: DefaultRoute.devices().contains(name), master: link.master, xdpProgram: link.xdpProgram)
    }
  }

  private static func release() -> String {
    var system = utsname()
    guard uname(&system) == 0 else { return "" }
    return withUnsafeBytes(of: &system.release) { String(decoding: $0.prefix { $0 != 0 }, as: UTF8.self) }
  }

  private static func names() -> [String] {
    guard let list = if_nameindex() else { return [] }
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
