import Glibc

/// An IPv4 or IPv6 address of an interface, with the length of its network's prefix: `10.0.0.1/24`.
public struct InterfaceAddress: Sendable, Hashable, CustomStringConvertible {
  /// 4 or 16 bytes, as on the wire.
  public let bytes: [UInt8]
  public let prefixLength: Int

  public var isIPv6: Bool { bytes.count == 16 }

  /// What is wrong with the text, and what to write instead.
  public struct Fault: Error, Sendable, Equatable {
    public var fault: String
    public var fix: String
  }

  public init(parsing text: String) throws(Fault) {
    let parts = text.split(separator: "/", omittingEmptySubsequences: false).map(String.init)
    let isIPv6 = parts[0].contains(":")
    var bytes = [UInt8](repeating: 0, count: isIPv6 ? 16 : 4)
    guard inet_pton(isIPv6 ? AF_INET6 : AF_INET, parts[0], &bytes) == 1, parts.count <= 2 else {
      throw Fault(fault: "'\(text)' is not an IP address", fix: "write e.g. 10.0.0.1/24 or fd00::1/64")
    }
    let bits = 8 * bytes.count
    guard parts.count == 2 else {
      throw Fault(fault: "'\(text)' has no prefix length", fix: "write e.g. \(text)/\(isIPv6 ? 64 : 24)")
    }
    guard parts[1].utf8.allSatisfy({ $0 >= 48 && $0 <= 57 }), let length = Int(parts[1]), (1...bits).contains(length)
    else {
      throw Fault(
        fault: "'/\(parts[1])' is not a prefix length of \(isIPv6 ? "IPv6" : "IPv4")",
        fix: "write /1 to /\(bits), e.g. \(parts[0])/\(isIPv6 ? 64 : 24)")
    }
    let isMulticast = isIPv6 ? bytes[0] == 0xFF : bytes[0] >= 224
    guard bytes.contains(where: { $0 != 0 }), !isMulticast else {
      throw Fault(fault: "'\(text)' is no host's address", fix: "write a unicast address, e.g. 10.0.0.1/24")
    }
    self.bytes = bytes
    prefixLength = length
  }

  public var description: String {
    var text = [CChar](repeating: 0, count: Int(INET6_ADDRSTRLEN))
    inet_ntop(isIPv6 ? AF_INET6 : AF_INET, bytes, &text, socklen_t(text.count))
    let address = String(decoding: text.prefix { $0 != 0 }.map { UInt8(bitPattern: $0) }, as: UTF8.self)
    return "\(address)/\(prefixLength)"
  }
}
