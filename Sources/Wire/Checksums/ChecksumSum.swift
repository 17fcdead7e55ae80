/// A running Internet checksum (RFC 1071) over any number of memory areas, odd lengths included.
///
/// Sums eight bytes at a time in the machine's byte order; one's complement addition commutes with byte order, so
/// only `network` and `wire` say which they mean.
public struct ChecksumSum: Sendable {
  /// One's complement sum of 64-bit words, not folded.
  @usableFromInline var sum: UInt64
  /// An odd number of bytes was added: the next area's bytes stand on swapped places.
  @usableFromInline var isOdd: Bool

  @inlinable public init() { (sum, isOdd) = (0, false) }

  /// Adds with end-around carry.
  @inlinable @inline(__always) static func plus(_ a: UInt64, _ b: UInt64) -> UInt64 {
    let (partial, carried) = a.addingReportingOverflow(b)
    return partial &+ (carried ? 1 : 0)
  }

  /// Adds a 16-bit number at an even place of the input, as its value in network byte order.
  @inlinable @inline(__always) public mutating func add(_ value: UInt16) {
    sum = ChecksumSum.plus(sum, UInt64(value.bigEndian))
  }

  /// Adds `count` bytes that follow what was added so far.
  @inlinable public mutating func add(_ bytes: UnsafeRawPointer, _ count: Int) {
    // SAFETY: every load below lies in bytes ..< bytes + count.
    var area: UInt64 = 0
    var other: UInt64 = 0
    var i = 0
    while count &- i >= 16 {
      area = ChecksumSum.plus(area, bytes.loadUnaligned(fromByteOffset: i, as: UInt64.self))
      other = ChecksumSum.plus(other, bytes.loadUnaligned(fromByteOffset: i &+ 8, as: UInt64.self))
      i &+= 16
    }
    area = ChecksumSum.plus(area, other)
    while count &- i >= 2 {
      area = ChecksumSum.plus(area, UInt64(bytes.loadUnaligned(fromByteOffset: i, as: UInt16.self)))
      i &+= 2
    }
    // The last byte of an odd area is a word whose second byte is zero.
    if i < count { area = ChecksumSum.plus(area, UInt64(UInt16(littleEndian: UInt16(bytes.byte(i))))) }
    sum = ChecksumSum.plus(sum, isOdd ? UInt64(ChecksumSum.fold(area).byteSwapped) : area)
    if count & 1 != 0 { isOdd.toggle() }
  }

  @inlinable @inline(__always) static func fold(_ sum: UInt64) -> UInt16 {
    var folded = (sum & 0xFFFF_FFFF) &+ (sum >> 32)
    folded = (folded & 0xFFFF) &+ (folded >> 16)
    folded = (folded & 0xFFFF) &+ (folded >> 16)
    folded = (folded & 0xFFFF) &+ (folded >> 16)
    return UInt16(truncatingIfNeeded: folded)
  }

  /// The sum, folded to 16 bits, as a number (network byte order read as a value). Not complemented.
  @inlinable public var network: UInt16 { UInt16(bigEndian: ChecksumSum.fold(sum)) }

  /// The checksum to store, as a number: the complement of the sum.
  @inlinable public var checksum: UInt16 { ~network }

  /// The checksum of a TCP or UDP header, as a number: never 0, which in UDP would say "none" (RFC 768);
  /// 0xFFFF verifies alike.
  @inlinable public var transportChecksum: UInt16 {
    let value = checksum
    return value == 0 ? 0xFFFF : value
  }
}
