import FlyingSocks

/// Where the read-only HTTP interface listens: `127.0.0.1:9177` or `[::1]:9177`.
public struct HTTPAddress: Sendable, Hashable, CustomStringConvertible {
  public let description: String
  let socketAddress: any SocketAddress

  /// Throws `usage` that says what to write instead. Port 0 lets the kernel choose.
  public init(parsing text: String) throws(ControlError) {
    description = text
    let colon = text.lastIndex(of: ":") ?? text.startIndex
    let host = text[..<colon]
    guard !host.isEmpty, let port = UInt16(text[text.index(after: colon)...]) else { throw Self.refusal(text) }
    do {
      if host.hasPrefix("["), host.hasSuffix("]") {
        socketAddress = try .inet6(ip6: String(host.dropFirst().dropLast()), port: port)
      } else {
        socketAddress = try .inet(ip4: String(host), port: port)
      }
    } catch {
      throw Self.refusal(text)
    }
  }

  private static func refusal(_ text: String) -> ControlError {
    .usage("'\(text)' is not an address and port; write e.g. 127.0.0.1:9177 or [::1]:9177")
  }

  public static func == (a: HTTPAddress, b: HTTPAddress) -> Bool { a.description == b.description }
  public func hash(into hasher: inout Hasher) { hasher.combine(description) }
}
