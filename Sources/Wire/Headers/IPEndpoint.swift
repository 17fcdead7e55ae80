/// One end of a flow: an address, and a port where the protocol has ports.
public struct IPEndpoint: Hashable, Sendable {
  public var address: IPAddress
  public var port: UInt16?

  public init(_ address: IPAddress, port: UInt16? = nil) { (self.address, self.port) = (address, port) }

  /// Reads `10.0.0.1`, `10.0.0.1:80`, `2001:db8::1` or `[2001:db8::1]:80`. Nil for anything else.
  public init?(_ text: String) {
    if let address = IPAddress(text) {
      self.init(address)
      return
    }
    guard let colon = text.lastIndex(of: ":"), let port = UInt16(text[text.index(after: colon)...]) else { return nil }
    var host = text[..<colon]
    let isBracketed = host.hasPrefix("[") && host.hasSuffix("]")
    if isBracketed { host = host.dropFirst().dropLast() }
    guard let address = IPAddress(String(host)), address.isIPv6 == isBracketed else { return nil }
    self.init(address, port: port)
  }
}

extension IPEndpoint: CustomStringConvertible {
  public var description: String {
    guard let port else { return "\(address)" }
    return address.isIPv6 ? "[\(address)]:\(port)" : "\(address):\(port)"
  }
}

extension ToeplitzTable {
  /// The hash of a flow named by its ends: with ports when both have one, else of the addresses alone.
  /// Nil when one end is IPv4 and the other IPv6.
  public func hash(source: IPEndpoint, destination: IPEndpoint) -> UInt32? {
    guard source.address.isIPv6 == destination.address.isIPv6 else { return nil }
    var input = source.address.bytes + destination.address.bytes
    if let from = source.port, let to = destination.port {
      input += [UInt8(from >> 8), UInt8(from & 0xFF), UInt8(to >> 8), UInt8(to & 0xFF)]
    }
    return input.withUnsafeBytes { view.hash($0.baseAddress!, $0.count) }
  }
}
