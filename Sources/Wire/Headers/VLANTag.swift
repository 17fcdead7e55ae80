/// Puts 802.1Q tags into frames and takes them out, by moving the two addresses and nothing else.
public enum VLANTag {
  @inlinable public static var length: Int { 4 }

  /// Inserts a tag behind the addresses. Needs 4 writable bytes in front of `frame` and 12 bytes in it.
  /// - Returns: the frame's new first byte, 4 before the old one.
  @inlinable @inline(__always)
  public static func push(_ tci: UInt16, into frame: UnsafeMutableRawPointer) -> UnsafeMutableRawPointer {
    let tagged = frame - length
    move12(from: UnsafeRawPointer(frame), to: tagged)
    tagged.setBig16(EtherType.vlan, 12)
    tagged.setBig16(tci, 14)
    return tagged
  }

  /// Removes the tag behind the addresses. Needs 16 bytes in the frame.
  /// - Returns: the frame's new first byte, 4 behind the old one.
  @inlinable @inline(__always)
  public static func pop(from frame: UnsafeMutableRawPointer) -> UnsafeMutableRawPointer {
    move12(from: UnsafeRawPointer(frame), to: frame + length)
    return frame + length
  }

  /// Overwrites the VLAN of the tag in the frame, keeping priority and DEI. Needs 16 bytes in the frame.
  @inlinable @inline(__always) public static func setVLAN(_ vlan: UInt16, in frame: UnsafeMutableRawPointer) {
    frame.setBig16(UnsafeRawPointer(frame).big16(14) & 0xF000 | vlan & 0xFFF, 14)
  }

  // Loads before it stores: the areas overlap.
  @inlinable @inline(__always) static func move12(from: UnsafeRawPointer, to: UnsafeMutableRawPointer) {
    let low = from.loadUnaligned(as: UInt64.self)
    let high = from.loadUnaligned(fromByteOffset: 8, as: UInt32.self)
    to.storeBytes(of: low, as: UInt64.self)
    to.storeBytes(of: high, toByteOffset: 8, as: UInt32.self)
  }
}
