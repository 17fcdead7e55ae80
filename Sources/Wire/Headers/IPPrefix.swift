/// The addresses that share their first bits: `10.0.0.0/8`, `2001:db8::/32`. For rules; addresses are compared as
/// numbers, an IPv4 address being the first 32 of 128 bits.
public struct IPPrefix: Hashable, Sendable {
  public let isIPv6: Bool
  /// The address's first and last 64 bits; what lies behind the prefix is 0.
  public let high: UInt64
  public let low: UInt64
  public let length: Int

  /// The prefix of this length that holds `address`. Bits behind it are dropped.
  public init(_ address: IPAddress, length: Int) {
    precondition((0...8 * address.bytes.count).contains(length), "a prefix is no longer than its address")
    isIPv6 = address.isIPv6
    self.length = length
    let (high, low) = address.halves
    self.high = length >= 64 ? high : high & ~(UInt64.max >> UInt64(length))
    self.low = length <= 64 ? 0 : length == 128 ? low : low & ~(UInt64.max >> UInt64(length - 64))
  }

  /// The prefix of all IPv4 or of all IPv6 addresses.
  public static func all(isIPv6: Bool) -> IPPrefix {
    IPPrefix(IPAddress(bytes: Array(repeating: 0, count: isIPv6 ? 16 : 4))!, length: 0)
  }

  /// Its first address.
  public var address: IPAddress { IPAddress(high: high, low: low, isIPv6: isIPv6) }

  public func contains(_ address: IPAddress) -> Bool {
    contains(IPPrefix(address, length: 8 * address.bytes.count))
  }

  /// Whether every address of `other` is one of this prefix.
  public func contains(_ other: IPPrefix) -> Bool {
    other.length >= length && holds(isIPv6: other.isIPv6, other.high, other.low)
  }

  /// Whether an address, given as its halves, is one of this prefix.
  @inlinable public func holds(isIPv6 version: Bool, _ otherHigh: UInt64, _ otherLow: UInt64) -> Bool {
    let (high, low) = (high ^ otherHigh, low ^ otherLow)
    guard version == isIPv6 else { return false }
    return length <= 64 ? high >> UInt64(64 - length) == 0 : high == 0 && low >> UInt64(128 - length) == 0
  }
}

extension IPPrefix: CustomStringConvertible {
  /// Always with its length.
  public var description: String { "\(address)/\(length)" }
}

extension IPAddress {
  /// The reverse of `halves`.
  public init(high: UInt64, low: UInt64, isIPv6: Bool) {
    let bytes = [high, low].flatMap { half in (0..<8).map { UInt8(truncatingIfNeeded: half >> UInt64(56 - 8 * $0)) } }
    self.init(bytes: isIPv6 ? bytes : Array(bytes[..<4]))!
  }

  /// The first and the last 64 of 128 bits; an IPv4 address is the first 32.
  public var halves: (high: UInt64, low: UInt64) {
    func half(_ bytes: some Sequence<UInt8>) -> UInt64 { bytes.reduce(0) { $0 << 8 | UInt64($1) } }
    return isIPv6 ? (half(bytes[..<8]), half(bytes[8...])) : (half(bytes) << 32, 0)
  }
}
