import Wire

/// Fields of IP packets, as rules and classes name them.
extension ConfigMapping {
  /// An IP protocol, by word or number. With `orAny`, `any` may stand there: nil.
  func ipProtocol(orAny: Bool) -> UInt8? {
    guard let text = text("protocol", example: "tcp"), !(orAny && text == "any") else { return nil }
    if let number = IPProtocol.number(of: text) { return number }
    refuse(
      "protocol", "'\(text)' is not a protocol", fix: "write tcp, udp, icmp, icmpv6\(orAny ? ", any" : ""), or 0 to 255"
    )
    return nil
  }

  /// `443`, `49152-49182`.
  func portRange(_ key: String) -> ClosedRange<UInt16>? {
    guard let text = text(key, example: "443") else { return nil }
    let ends = text.split(separator: "-", omittingEmptySubsequences: false)
      .map { Self.integer(String($0)).flatMap { UInt16(exactly: $0) } }
    guard (1...2).contains(ends.count), let first = ends[0], let last = ends[ends.count - 1], first <= last else {
      refuse(key, "'\(text)' is not a port or a range of them", fix: "write e.g. \(key): 443 or 49152-49182")
      return nil
    }
    return first...last
  }

  /// A host's address or a prefix without bits behind it. `others`: what else may stand there, for the message.
  func prefix(_ key: String, _ text: String, others: String = "") -> IPPrefix? {
    let parts = text.split(separator: "/", maxSplits: 1, omittingEmptySubsequences: false).map(String.init)
    guard let address = IPAddress(parts[0]) else {
      refuse(key, "'\(text)' is not an IP address", fix: "write e.g. 10.9.0.0/16 or 2001:db8::/32\(others)")
      return nil
    }
    let bits = 8 * address.bytes.count
    guard parts.count == 2 else { return IPPrefix(address, length: bits) }
    guard let length = Self.integer(parts[1]), length <= bits else {
      refuse(key, "'/\(parts[1])' is not a prefix length of IPv\(address.isIPv6 ? 6 : 4)", fix: "write /0 to /\(bits)")
      return nil
    }
    let prefix = IPPrefix(address, length: length)
    guard prefix.address == address else {
      refuse(key, "\(text) has bits set behind its first \(length)", fix: "the network is \(prefix)")
      return nil
    }
    return prefix
  }
}
