import Glibc
import Wire

extension IPAddress {
  /// The address and a port as the kernel's calls take them: struct sockaddr_in or sockaddr_in6.
  func withSocketAddress<R>(port: UInt16, _ body: (UnsafePointer<sockaddr>, socklen_t) -> R) -> R {
    // The layouts of sockaddr_in and sockaddr_in6: family, port, (flow information,) address.
    var bytes = [UInt8](repeating: 0, count: isIPv6 ? 28 : 16)
    let family = sa_family_t(isIPv6 ? AF_INET6 : AF_INET)
    withUnsafeBytes(of: family) { bytes.replaceSubrange(0..<2, with: $0) }
    withUnsafeBytes(of: port.bigEndian) { bytes.replaceSubrange(2..<4, with: $0) }
    let place = isIPv6 ? 8 : 4
    bytes.replaceSubrange(place..<place + self.bytes.count, with: self.bytes)
    return bytes.withUnsafeBytes {
      // SAFETY: the bytes are the socket address that their family names.
      body($0.baseAddress!.assumingMemoryBound(to: sockaddr.self), socklen_t($0.count))
    }
  }
}
