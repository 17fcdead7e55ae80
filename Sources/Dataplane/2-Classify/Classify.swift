import CMillraceABI
import Ports
import Wire

extension Worker {
  /// Reads each frame's headers: addresses, VLAN, what its sender left undone. Frames that cannot be switched are
  /// dropped here, each with its reason.
  mutating func classify(from port: UInt16, _ entry: UnsafeMutablePointer<PortEntry>) {
    let guesses = (entry.pointee.io + index).pointee.guessesPartialChecksums
    let joins = entry.pointee.joinsReceived
    var bytes: UInt64 = 0
    var superFrames: UInt64 = 0
    for i in 0..<count {
      let frame = frames + i
      let start = UnsafeRawPointer(base + Int(frame.pointee.address))
      let headers = FrameHeaders(
        parsing: start, available: Int(frame.pointee.firstLength), total: Int(frame.pointee.length))
      frame.pointee.input = port
      frame.pointee.destination = headers.destination
      frame.pointee.source = headers.source
      frame.pointee.l2Length = headers.isTagged ? 18 : 14
      frame.pointee.l3Offset = UInt8(truncatingIfNeeded: headers.l3Offset)
      frame.pointee.l4Offset = headers.l4Offset
      frame.pointee.ipProtocol = headers.ipProtocol
      frame.pointee.isIPv6 = headers.isIPv6
      // Its priority is asked for when the tag may be gone.
      if headers.isTagged && !frame.pointee.has(MR_META_VLAN) { frame.pointee.vlanTCI = headers.tci }
      if joins { frame.pointee.joining = headers.hasPorts ? .segment : headers.isFragment ? .barrier : .never }
      // Behind a service tag nothing is looked for.
      headerFlags[i] = frame.pointee.has(MR_META_VLAN_SERVICE) ? 0 : headers.flags
      if frame.pointee.isSuperFrame {
        measureSuperFrame(frame, headers, start)
        superFrames &+= 1
      }
      bytes &+= UInt64(frame.pointee.wireLength)

      if let reason = fault(frame.pointee, headers) {
        drop(frame, reason, at: entry)
        continue
      }
      guard let vlan = entry.vlan.admit(tag: tag(of: frame.pointee, headers)) else {
        drop(frame, .dropVLAN, at: entry)
        continue
      }
      frame.pointee.vlan = vlan
      if guesses && !frame.pointee.has(MR_META_CHECKSUM_KNOWN) {
        if PartialChecksum.looksPartial(headers, start, available: Int(frame.pointee.firstLength)) {
          frame.pointee.flags |= UInt16(MR_META_PARTIAL)
        }
      }
      if frame.pointee.has(MR_META_PARTIAL) { locateChecksum(frame, headers) }
      if frame.pointee.has(MR_META_VLAN_SERVICE) { restoreServiceTag(frame) }
    }
    entry.pointee.counters.add(.receivedFrames, worker: index, UInt64(count))
    entry.pointee.counters.add(.receivedBytes, worker: index, bytes)
    if superFrames > 0 { entry.pointee.counters.add(.superFramesReceived, worker: index, superFrames) }
  }

  /// The outermost 802.1Q tag of a frame, or nil. Behind a service tag there is none that counts.
  @inline(__always) private func tag(of frame: Frame, _ headers: FrameHeaders) -> UInt16? {
    if frame.has(MR_META_VLAN) { return frame.has(MR_META_VLAN_SERVICE) ? nil : frame.vlanTCI }
    return headers.isTagged ? headers.tci : nil
  }

  /// Why a frame cannot be switched, or nil.
  @inline(__always) private func fault(_ frame: Frame, _ headers: FrameHeaders) -> Counter? {
    if frame.length < 14 { return .dropRunt }
    if headers.isTruncated || headers.source & (1 << 40) != 0 { return .dropMalformed }
    if headers.destination & 0xFFFF_FFFF_FFF0 == 0x0180_C200_0000 { return .dropReservedAddress }
    if frame.has(MR_META_GSO_OTHER) { return .dropUnsupportedSegmentation }
    if frame.isSuperFrame && !canBeCut(frame) { return .dropUnsupportedSegmentation }
    return nil
  }

  /// Whether a super-frame's headers were found, and are whole. A guest may claim anything.
  private func canBeCut(_ frame: Frame) -> Bool {
    frame.l4HeaderLength >= (frame.ipProtocol == IPProtocol.tcp ? 20 : 8) && frame.headerLength <= frame.firstLength
  }

  /// Finds a super-frame's header length and number of segments.
  @inline(never) private func measureSuperFrame(
    _ frame: UnsafeMutablePointer<Frame>, _ headers: FrameHeaders, _ start: UnsafeRawPointer
  ) {
    guard headers.hasPorts else { return }
    let l4 = Int(headers.l4Offset)
    var length = 8
    if headers.ipProtocol == IPProtocol.tcp {
      guard l4 + 14 <= Int(frame.pointee.firstLength) else { return }
      length = Int(start.load(fromByteOffset: l4 + 12, as: UInt8.self) >> 4) * 4
    }
    frame.pointee.l4HeaderLength = UInt8(truncatingIfNeeded: length)
    let payload = max(0, Int(frame.pointee.length) - l4 - length)
    let size = Int(frame.pointee.gsoSize)
    frame.pointee.gsoSegments = UInt16(truncatingIfNeeded: max(1, (payload + size - 1) / size))
  }

  /// Fills in where the partial checksum is, when the kernel did not say it; forgets it when there is none.
  @inline(__always) private func locateChecksum(_ frame: UnsafeMutablePointer<Frame>, _ headers: FrameHeaders) {
    if frame.pointee.checksumStart == 0, let offset = headers.l4ChecksumOffset {
      frame.pointee.checksumStart = headers.l4Offset
      frame.pointee.checksumOffset = UInt16(offset)
    }
    let end = UInt32(frame.pointee.checksumStart) &+ UInt32(frame.pointee.checksumOffset) &+ 2
    // Never believed blindly: the kernel refuses a descriptor whose checksum lies outside its frame, again and again.
    if frame.pointee.checksumStart < 14 || end > frame.pointee.firstLength {
      frame.pointee.flags &= ~UInt16(MR_META_PARTIAL)
    }
  }
}
