/// The 48-bit addresses in an Ethernet header, as `MACAddress.value`: first byte on the wire highest.
public enum MACField {
  @inlinable public static var destinationOffset: Int { 0 }
  @inlinable public static var sourceOffset: Int { 6 }

  /// Reads 6 bytes at `field`.
  @inlinable @inline(__always) public static func read(_ field: UnsafeRawPointer) -> UInt64 {
    UInt64(field.big32(0)) << 16 | UInt64(field.big16(4))
  }

  /// Writes 6 bytes at `field`; bits above 47 are ignored.
  @inlinable @inline(__always) public static func write(_ address: UInt64, to field: UnsafeMutableRawPointer) {
    field.setBig32(UInt32(truncatingIfNeeded: address >> 16), 0)
    field.setBig16(UInt16(truncatingIfNeeded: address), 4)
  }
}
