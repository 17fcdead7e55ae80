import Glibc

/// An IPv4 or IPv6 address, in network byte order. For configuration, tests and tools; the hot path reads frames.
public struct IPAddress: Hashable, Sendable {
  /// 4 or 16 of them.
  public let bytes: [UInt8]

  /// - Parameter bytes: 4 or 16; nil for any other count.
  public init?(bytes: [UInt8]) {
    guard bytes.count == 4 || bytes.count == 16 else { return nil }
    self.bytes = bytes
  }

  /// Reads `10.0.0.1` or `2001:db8::1`, as inet_pton(3) does.
  public init?(_ text: String) {
    let family = text.contains(":") ? AF_INET6 : AF_INET
    var bytes = [UInt8](repeating: 0, count: family == AF_INET6 ? 16 : 4)
    guard inet_pton(family, text, &bytes) == 1 else { return nil }
    self.bytes = bytes
  }

  public var isIPv6: Bool { bytes.count == 16 }
}

extension IPAddress: CustomStringConvertible {
  public var description: String {
    var text = [CChar](repeating: 0, count: Int(INET6_ADDRSTRLEN))
    inet_ntop(isIPv6 ? AF_INET6 : AF_INET, bytes, &text, socklen_t(text.count))
    return text.withUnsafeBufferPointer { String(cString: $0.baseAddress!) }
  }
}
