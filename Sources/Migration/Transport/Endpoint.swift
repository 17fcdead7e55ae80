import CLinux
import Glibc

/// An address and port: `10.0.0.2:7000`, `[fd00::2]:7000`, or a host name instead of the address.
public struct Endpoint: Hashable, Sendable, CustomStringConvertible {
  /// Without brackets.
  public var host: String
  public var port: UInt16

  public init(host: String, port: UInt16) {
    self.host = host
    self.port = port
  }

  public var description: String { host.contains(":") ? "[\(host)]:\(port)" : "\(host):\(port)" }

  /// Throws one line that says what to write instead.
  public init(parsing text: String) throws(MigrationError) {
    guard let colon = text.lastIndex(of: ":"), let port = UInt16(text[text.index(after: colon)...]) else {
      throw MigrationError("'\(text)'", "is not an address and port", fix: "write e.g. 10.0.0.2:7000 or [fd00::2]:7000")
    }
    var host = text[..<colon]
    if host.hasPrefix("["), host.hasSuffix("]") {
      host = host.dropFirst().dropLast()
    } else if host.contains(":") {
      throw MigrationError("'\(text)'", "is an IPv6 address without brackets", fix: "write e.g. [fd00::2]:7000")
    }
    guard !host.isEmpty else {
      throw MigrationError("'\(text)'", "names no address", fix: "write e.g. 0.0.0.0:7000")
    }
    self.init(host: String(host), port: port)
  }

  /// The socket address, of whichever family the host is.
  package func resolve(passive: Bool) throws(MigrationError) -> SocketAddress {
    var hints = addrinfo()
    hints.ai_socktype = Int32(SOCK_STREAM.rawValue)
    hints.ai_flags = passive ? AI_PASSIVE : 0
    var found: UnsafeMutablePointer<addrinfo>?
    let result = getaddrinfo(host, String(port), &hints, &found)
    guard result == 0, let found else {
      throw MigrationError("\(self)", String(cString: gai_strerror(result)), fix: "check the address")
    }
    defer { freeaddrinfo(found) }
    return SocketAddress(copying: found.pointee.ai_addr, length: found.pointee.ai_addrlen)
  }
}

/// A socket address of either family.
package struct SocketAddress: @unchecked Sendable {
  package private(set) var storage = sockaddr_storage()
  package private(set) var length: socklen_t

  package init(copying address: UnsafePointer<sockaddr>, length: socklen_t) {
    self.length = min(length, socklen_t(MemoryLayout<sockaddr_storage>.size))
    withUnsafeMutableBytes(of: &storage) {
      $0.copyMemory(from: UnsafeRawBufferPointer(start: address, count: Int(self.length)))
    }
  }

  /// Any address of this one's family, at `port`.
  package func anyAddress(port: UInt16) -> SocketAddress {
    var copy = self
    let family = storage.ss_family
    copy.storage = sockaddr_storage()
    copy.storage.ss_family = family
    // The port follows the family in both families' structures.
    withUnsafeMutableBytes(of: &copy.storage) { $0.storeBytes(of: port.bigEndian, toByteOffset: 2, as: UInt16.self) }
    return copy
  }

  package var family: Int32 { Int32(storage.ss_family) }

  package func withPointer<Result>(_ body: (UnsafePointer<sockaddr>, socklen_t) -> Result) -> Result {
    withUnsafePointer(to: storage) { pointer in
      pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) { body($0, length) }
    }
  }

  /// Numeric; an IPv4 peer of an IPv6 socket without the `::ffff:` prefix.
  package var endpoint: Endpoint {
    var host = [CChar](repeating: 0, count: 64)
    var service = [CChar](repeating: 0, count: 16)
    let result = withPointer {
      getnameinfo(
        $0, $1, &host, socklen_t(host.count), &service, socklen_t(service.count), NI_NUMERICHOST | NI_NUMERICSERV)
    }
    guard result == 0 else { return Endpoint(host: "?", port: 0) }
    let name = String(decoding: host.prefix { $0 != 0 }.map { UInt8(bitPattern: $0) }, as: UTF8.self)
    let port = String(decoding: service.prefix { $0 != 0 }.map { UInt8(bitPattern: $0) }, as: UTF8.self)
    return Endpoint(host: name.hasPrefix("::ffff:") ? String(name.dropFirst(7)) : name, port: UInt16(port) ?? 0)
  }
}
