import CMillraceABI
import Wire

extension Worker {
  /// Makes a frame carry its VLAN's tag in its bytes. Priority and drop eligibility are kept from the tag it came with.
  @inline(never) mutating func tag(_ frame: inout Frame) {
    let isBeside = frame.has(MR_META_VLAN)
    if frame.isTagged && !isBeside {
      // A priority tag names no VLAN yet.
      VLANTag.setVLAN(frame.vlan, in: base + Int(frame.address))
      return
    }
    // A tag in the bytes of a frame that has another beside it is an inner one, and stays.
    let priority = isBeside ? frame.vlanTCI & 0xF000 : 0
    _ = VLANTag.push(priority | frame.vlan, into: base + Int(frame.address))
    move(&frame, by: -VLANTag.length)
    frame.l2Length = 18
    frame.flags &= ~UInt16(MR_META_VLAN)
  }

  /// Takes the outermost tag away, wherever it is.
  @inline(never) mutating func untag(_ frame: inout Frame) {
    if frame.has(MR_META_VLAN) {
      frame.flags &= ~UInt16(MR_META_VLAN)
      return
    }
    guard frame.isTagged else { return }
    let bare = VLANTag.pop(from: base + Int(frame.address))
    move(&frame, by: VLANTag.length)
    // An inner tag is the outermost now.
    let isTagged = frame.firstLength >= 18 && bare.load(fromByteOffset: 12, as: UInt16.self) == EtherType.vlan.bigEndian
    frame.l2Length = isTagged ? 18 : 14
  }

  /// Puts an 802.1ad service tag that the kernel kept beside the frame into its bytes. The switch takes such a frame
  /// as untagged, as it does one that arrives with the tag in its bytes.
  @inline(never) mutating func restoreServiceTag(_ frame: UnsafeMutablePointer<Frame>) {
    let tagged = VLANTag.push(frame.pointee.vlanTCI, into: base + Int(frame.pointee.address))
    tagged.storeBytes(of: EtherType.serviceVLAN.bigEndian, toByteOffset: 12, as: UInt16.self)
    move(&frame.pointee, by: -VLANTag.length)
    frame.pointee.l2Length = 14
    frame.pointee.flags &= ~UInt16(MR_META_VLAN | MR_META_VLAN_SERVICE)
  }

  /// Moves a frame's first byte, and with it all offsets that count from there.
  private func move(_ frame: inout Frame, by bytes: Int) {
    frame.address = UInt64(Int(frame.address) + bytes)
    frame.length = UInt32(Int(frame.length) - bytes)
    frame.firstLength = UInt32(Int(frame.firstLength) - bytes)
    frame.l3Offset = UInt8(truncatingIfNeeded: Int(frame.l3Offset) - bytes)
    if frame.l4Offset != 0 { frame.l4Offset = UInt16(Int(frame.l4Offset) - bytes) }
    if frame.has(MR_META_PARTIAL) { frame.checksumStart = UInt16(Int(frame.checksumStart) - bytes) }
  }
}
