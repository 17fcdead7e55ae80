extension FrameHeaders {
  /// The Toeplitz hash of the frame's flow, by NDIS's rules: TCP and UDP over addresses and ports, any other IP
  /// over addresses. 0 unless `isHashable`.
  /// - Parameter frame: the bytes these headers were parsed from.
  @inlinable public func flowHash(_ frame: UnsafeRawPointer, _ table: ToeplitzView) -> UInt32 {
    guard isHashable else { return 0 }
    // SAFETY: isHashable says the addresses are readable at l3Offset, hasPorts the ports at l4Offset.
    let l3 = frame + Int(l3Offset)
    if isIPv4 {
      let addresses = table.hash(l3 + 12, 8)
      return hasPorts ? addresses ^ table.hash(frame + Int(l4Offset), 4, position: 8) : addresses
    }
    let addresses = table.hash(l3 + 8, 32)
    return hasPorts ? addresses ^ table.hash(frame + Int(l4Offset), 4, position: 32) : addresses
  }
}
