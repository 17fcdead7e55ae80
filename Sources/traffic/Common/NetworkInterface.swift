import CLinux
import CXDP
import Glibc
import Units
import Wire

/// A network device of this host (namespace).
struct NetworkInterface {
  let name: String
  let index: UInt32

  init(_ name: String) throws(TrafficError) {
    index = if_nametoindex(name)
    guard index != 0 else { throw .refused(name, errno) }
    self.name = name
  }

  func mac() throws(TrafficError) -> MACAddress {
    var bytes = [UInt8](repeating: 0, count: 6)
    let result = ml_netdev_address(name, &bytes)
    guard result == 0 else { throw .refused(name, -result) }
    return MACAddress(bytes: bytes)
  }

  /// Frames sent since the device was made, by its own count, modulo 2^32 (rtnetlink(7), IFLA_STATS).
  func framesSent() throws(TrafficError) -> UInt32 {
    var list: UnsafeMutablePointer<ifaddrs>?
    guard getifaddrs(&list) == 0 else { throw .refused(name, errno) }
    defer { freeifaddrs(list) }
    var next = list
    while let entry = next?.pointee {
      next = entry.ifa_next
      guard let raw = entry.ifa_addr, String(cString: entry.ifa_name) == name,
        Int32(raw.pointee.sa_family) == AF_PACKET, let data = entry.ifa_data
      else { continue }
      // SAFETY: the data of a packet address are the link's counters (getifaddrs(3)).
      return data.assumingMemoryBound(to: rtnl_link_stats.self).pointee.tx_packets
    }
    throw .refused("\(name): counters", ENODEV)
  }

  /// Its first address of a family; for IPv6 not a link-local one.
  func address(isIPv6: Bool) throws(TrafficError) -> IPAddress {
    var list: UnsafeMutablePointer<ifaddrs>?
    guard getifaddrs(&list) == 0 else { throw .refused(name, errno) }
    defer { freeifaddrs(list) }
    var next = list
    while let entry = next?.pointee {
      next = entry.ifa_next
      guard let raw = entry.ifa_addr, String(cString: entry.ifa_name) == name,
        Int32(raw.pointee.sa_family) == (isIPv6 ? AF_INET6 : AF_INET)
      else { continue }
      // SAFETY: the family says which sockaddr lies there.
      let bytes = UnsafeRawPointer(raw)
      let (offset, count) = isIPv6 ? (8, 16) : (4, 4)
      guard let found = IPAddress(bytes: [UInt8](UnsafeRawBufferPointer(start: bytes + offset, count: count))),
        !(isIPv6 && found.bytes[0] == 0xFE && found.bytes[1] & 0xC0 == 0x80)
      else { continue }
      return found
    }
    throw .usage("\(name) has no IPv\(isIPv6 ? 6 : 4) address; name one with --source-address")
  }
}
