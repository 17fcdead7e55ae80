import CLinux
import Glibc
import Units

/// What is known of a network device at one moment.
public struct NetdevFacts: Sendable, Equatable {
  public var name: String
  public var index: UInt32
  public var address: MACAddress
  /// Bytes of payload a frame, Ethernet header aside.
  public var mtu: Int
  public var receiveQueues: Int
  public var transmitQueues: Int
  /// "veth", "tun", "ixgbe"; empty when the driver does not tell.
  public var driver: String
  /// What the driver says of XDP; nil when the kernel does not tell.
  public var driverFeatures: DriverFeatures?
  /// The super-frames it took when it was asked.
  public var superFrameKinds: SuperFrameKinds

  /// veth and tap: frames of the same host, whose senders leave work (checksums, segmentation) undone.
  public var isVirtual: Bool { driver == "veth" || isTap }
  public var isTap: Bool { driver == "tun" }

  /// What the device of an index is called now; nil when it is gone.
  public static func name(ofIndex index: UInt32) -> String? {
    var name = [CChar](repeating: 0, count: Int(IF_NAMESIZE))
    guard if_indextoname(index, &name) != nil else { return nil }
    return String(decoding: name.prefix { $0 != 0 }.map { UInt8(bitPattern: $0) }, as: UTF8.self)
  }

  /// nil when there is no such device in this network namespace.
  public init?(name: String) {
    let index = if_nametoindex(name)
    guard index != 0 else { return nil }
    var bytes = [UInt8](repeating: 0, count: 6)
    guard ml_netdev_address(name, &bytes) == 0 else { return nil }
    let mtu = ml_netdev_mtu(name)
    guard mtu > 0 else { return nil }
    var driver = [CChar](repeating: 0, count: 32)
    _ = ml_netdev_driver(name, &driver)
    self.name = name
    self.index = index
    address = MACAddress(bytes: bytes)
    self.mtu = Int(mtu)
    receiveQueues = Self.receiveQueues(of: name)
    transmitQueues = Self.queues(of: name, "tx-")
    self.driver = String(decoding: driver.prefix { $0 != 0 }.map { UInt8(bitPattern: $0) }, as: UTF8.self)
    driverFeatures = DriverFeatures(interfaceIndex: index)
    superFrameKinds = SuperFrameKinds(takenBy: name)
  }

  /// 1 where the device is of another namespace than the mounted sysfs, which tells.
  public static func receiveQueues(of name: String) -> Int { queues(of: name, "rx-") }

  private static func queues(of name: String, _ prefix: String) -> Int {
    var count = 0
    while access("/sys/class/net/\(name)/queues/\(prefix)\(count)", F_OK) == 0 { count += 1 }
    return max(1, count)
  }
}
