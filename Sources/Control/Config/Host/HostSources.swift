import Glibc
import Units

/// A small file of /proc as text; empty when it cannot be read.
func procText(_ path: String) -> String {
  guard let file = fopen(path, "re") else { return "" }
  defer { fclose(file) }
  var bytes: [UInt8] = []
  var chunk = [UInt8](repeating: 0, count: 4096)
  while case let count = fread(&chunk, 1, chunk.count, file), count > 0 { bytes += chunk[..<count] }
  return String(decoding: bytes, as: UTF8.self)
}

/// capabilities(7) of the calling thread.
package enum Capabilities {
  /// Each is enough for one need of the switch: devices, packet sockets, BPF, and reading kernel memory from BPF.
  private static let needs: [(name: String, anyOf: [UInt64])] = [
    ("CAP_NET_ADMIN", [12]), ("CAP_NET_RAW", [13]), ("CAP_BPF", [39, 21]), ("CAP_PERFMON", [38, 21]),
  ]

  static func missing() -> [String] { missing(status: procText("/proc/thread-self/status")) }

  package static func missing(status: String) -> [String] {
    let line = status.split(separator: "\n").first { $0.hasPrefix("CapEff:") }
    let mask = line.flatMap { UInt64($0.dropFirst(7).filter { !$0.isWhitespace }, radix: 16) } ?? 0
    return needs.filter { need in !need.anyOf.contains { mask & (1 << $0) != 0 } }.map(\.name)
  }
}

extension HostFacts.Memory {
  /// From /proc/meminfo (proc(5)); nil when it does not tell.
  package init?(meminfo: String) {
    var values: [Substring: UInt64] = [:]
    for line in meminfo.split(separator: "\n") {
      let fields = line.split(whereSeparator: \.isWhitespace)
      if fields.count >= 2 { values[fields[0]] = UInt64(fields[1]) }
    }
    guard let available = values["MemAvailable:"] else { return nil }
    let hugePages = (values["HugePages_Free:"] ?? 0) * (values["Hugepagesize:"] ?? 0)
    self.init(available: Bytes(available << 10), hugePages: Bytes(hugePages << 10))
  }
}

/// Devices that a default route leaves through.
package enum DefaultRoute {
  static func devices() -> Set<String> {
    devices(ipv4: procText("/proc/thread-self/net/route"), ipv6: procText("/proc/thread-self/net/ipv6_route"))
  }

  /// The columns are those of net/ipv4/fib_trie.c and net/ipv6/route.c; an IPv6 route that only refuses is left out.
  package static func devices(ipv4: String, ipv6: String) -> Set<String> {
    var devices: Set<String> = []
    for line in ipv4.split(separator: "\n").dropFirst() {
      let fields = line.split(whereSeparator: \.isWhitespace)
      if fields.count >= 8, fields[1] == "00000000", fields[7] == "00000000" { devices.insert(String(fields[0])) }
    }
    let reject: UInt64 = 0x200
    for line in ipv6.split(separator: "\n") {
      let fields = line.split(whereSeparator: \.isWhitespace)
      guard fields.count >= 10, fields[1] == "00", fields[0].allSatisfy({ $0 == "0" }),
        let flags = UInt64(fields[8], radix: 16), flags & reject == 0
      else { continue }
      devices.insert(String(fields[9]))
    }
    return devices
  }
}

/// Addresses by getifaddrs(3).
enum DeviceAddresses {
  /// By device.
  static func all() -> [String: [String]] {
    var list: UnsafeMutablePointer<ifaddrs>?
    guard getifaddrs(&list) == 0 else { return [:] }
    defer { freeifaddrs(list) }
    var addresses: [String: [String]] = [:]
    var next = list
    while let entry = next {
      next = entry.pointee.ifa_next
      guard let address = entry.pointee.ifa_addr, let text = text(of: address) else { continue }
      addresses[String(cString: entry.pointee.ifa_name), default: []].append(text)
    }
    return addresses
  }

  private static func text(of address: UnsafePointer<sockaddr>) -> String? {
    var text = [CChar](repeating: 0, count: Int(INET6_ADDRSTRLEN))
    switch Int32(address.pointee.sa_family) {
    case AF_INET:
      var ip = UnsafeRawPointer(address).loadUnaligned(as: sockaddr_in.self).sin_addr
      inet_ntop(AF_INET, &ip, &text, socklen_t(text.count))
    case AF_INET6:
      var ip = UnsafeRawPointer(address).loadUnaligned(as: sockaddr_in6.self).sin6_addr
      let isLinkLocal = withUnsafeBytes(of: &ip) { $0[0] == 0xFE && $0[1] & 0xC0 == 0x80 }
      if isLinkLocal { return nil }
      inet_ntop(AF_INET6, &ip, &text, socklen_t(text.count))
    default: return nil
    }
    return String(decoding: text.prefix { $0 != 0 }.map { UInt8(bitPattern: $0) }, as: UTF8.self)
  }
}
