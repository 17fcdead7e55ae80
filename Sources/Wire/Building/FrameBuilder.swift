import Units

/// Builds frames for tests and tools, byte by byte, right or wrong on purpose. Not for the hot path.
///
///     FrameBuilder(to: b, from: a).tagged(10).ipv4("10.0.0.1", "10.0.0.2").udp(5000, 53, payload: [1, 2, 3])
///
/// Layers are added from the outside in; the last one gives the frame's bytes. Frames are not padded to 60 bytes.
public struct FrameBuilder: Sendable {
  /// How a checksum is written.
  public enum Checksum: Sendable {
    /// As the RFC says.
    case right
    /// Two bits flipped; never 0.
    case wrong
    /// The pseudo-header sum, as a sender leaves it to hardware. (TCP and UDP.)
    case partial
    /// Zero: none, in UDP over IPv4.
    case zero
  }

  /// Everything in front of the network layer.
  var link: [UInt8]
  var ip: IPLayer?

  public init(to destination: MACAddress, from source: MACAddress) { link = destination.bytes + source.bytes }

  /// Adds a tag; again for stacked tags.
  public func tagged(
    _ vlan: UInt16, priority: UInt8 = 0, type: UInt16 = EtherType.vlan
  ) -> FrameBuilder {
    var copy = self
    copy.link += Self.big(type) + Self.big(UInt16(priority) << 13 | vlan)
    return copy
  }

  /// Ends the frame with an EtherType and any bytes.
  public func payload(type: UInt16, _ bytes: [UInt8]) -> [UInt8] { link + Self.big(type) + bytes }

  /// An ARP request or reply for IPv4 over Ethernet (RFC 826).
  public func arp(
    operation: UInt16, senderMAC: MACAddress, sender: String, targetMAC: MACAddress, target: String
  ) -> [UInt8] {
    let head = Self.big(UInt16(1)) + Self.big(EtherType.ipv4) + [6, 4] + Self.big(operation)
    return payload(
      type: EtherType.arp,
      head + senderMAC.bytes + Self.address(sender) + targetMAC.bytes + Self.address(target))
  }

  static func big(_ value: UInt16) -> [UInt8] { [UInt8(value >> 8), UInt8(value & 0xFF)] }
  static func big(_ value: UInt32) -> [UInt8] { big(UInt16(value >> 16)) + big(UInt16(value & 0xFFFF)) }

  static func address(_ text: String) -> [UInt8] {
    guard let address = IPAddress(text) else { preconditionFailure("'\(text)' is no IP address") }
    return address.bytes
  }

  /// RFC 1071 in its plainest form, so that it can stand as a second opinion: 16-bit words, an odd last byte padded.
  public static func sum(_ bytes: [UInt8]) -> UInt16 {
    var sum: UInt32 = 0
    for i in stride(from: 0, to: bytes.count, by: 2) {
      sum += UInt32(bytes[i]) << 8 | UInt32(i + 1 < bytes.count ? bytes[i + 1] : 0)
      if sum > 0xFFFF { sum = (sum & 0xFFFF) + 1 }
    }
    return UInt16(sum)
  }
}
