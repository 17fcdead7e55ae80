/// A 48-bit Ethernet address, in the low bits, first byte on the wire highest.
public struct MACAddress: Hashable, Sendable {
  public var value: UInt64

  @inlinable public init(value: UInt64) { self.value = value & 0xFFFF_FFFF_FFFF }

  /// Bit 40: set for broadcast and multicast.
  @inlinable public var isMulticast: Bool { value & (1 << 40) != 0 }

  /// 01:80:C2:00:00:00 to 0F: never forwarded by a bridge (IEEE 802.1Q, 8.6.3).
  @inlinable public var isLinkLocalReserved: Bool { value & 0xFFFF_FFFF_FFF0 == 0x0180_C200_0000 }

  public static let broadcast = MACAddress(value: 0xFFFF_FFFF_FFFF)

  public init?(_ text: String) {
    let parts = text.split(separator: ":", omittingEmptySubsequences: false)
    guard parts.count == 6 else { return nil }
    var value: UInt64 = 0
    for part in parts {
      guard part.count == 2, part.allSatisfy(\.isHexDigit), let byte = UInt8(part, radix: 16) else { return nil }
      value = value << 8 | UInt64(byte)
    }
    self.value = value
  }

  public init(bytes: [UInt8]) {
    precondition(bytes.count == 6)
    value = bytes.reduce(0) { $0 << 8 | UInt64($1) }
  }

  public var bytes: [UInt8] { (0..<6).map { UInt8(truncatingIfNeeded: value >> (40 - 8 * UInt64($0))) } }
}

extension MACAddress: CustomStringConvertible {
  public var description: String {
    bytes.map { String($0 >> 4, radix: 16) + String($0 & 15, radix: 16) }.joined(separator: ":")
  }
}

extension MACAddress: Codable {
  public init(from decoder: any Decoder) throws {
    let text = try decoder.singleValueContainer().decode(String.self)
    guard let address = MACAddress(text) else {
      throw DecodingError.dataCorrupted(
        .init(codingPath: decoder.codingPath, debugDescription: "'\(text)' is not a MAC address"))
    }
    self = address
  }

  public func encode(to encoder: any Encoder) throws {
    var container = encoder.singleValueContainer()
    try container.encode(description)
  }
}
