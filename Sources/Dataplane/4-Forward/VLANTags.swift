import CMillraceABI
import Wire

extension Worker {
  /// Makes a frame carry its VLAN's tag in its bytes. Priority bits are kept from the tag it came with.
  @inline(never) mutating func tag(_ frame: inout Frame) {
    if frame.isTagged { return }
    let priority = frame.has(MR_META_VLAN) ? frame.vlanTCI & 0xE000 : 0
    _ = VLANTag.push(priority | frame.vlan, into: base + Int(frame.address))
    move(&frame, by: -VLANTag.length)
    frame.l2Length = 18
    frame.flags &= ~UInt16(MR_META_VLAN)
  }

  /// Takes the tag away, wherever it is.
  @inline(never) mutating func untag(_ frame: inout Frame) {
    frame.flags &= ~UInt16(MR_META_VLAN)
    guard frame.isTagged else { return }
    _ = VLANTag.pop(from: base + Int(frame.address))
    move(&frame, by: VLANTag.length)
    frame.l2Length = 14
  }

  /// Moves a frame's first byte, and with it all offsets that count from there.
  private func move(_ frame: inout Frame, by bytes: Int) {
    frame.address = UInt64(Int(frame.address) + bytes)
    frame.length = UInt32(Int(frame.length) - bytes)
    frame.firstLength = UInt32(Int(frame.firstLength) - bytes)
    if frame.l4Offset != 0 { frame.l4Offset = UInt16(Int(frame.l4Offset) - bytes) }
    if frame.has(MR_META_PARTIAL) { frame.checksumStart = UInt16(Int(frame.checksumStart) - bytes) }
  }
}
