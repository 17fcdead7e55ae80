import CMillraceABI
import Ports
import Rings
import Wire

/// Where the next segment of a super-frame begins.
struct SegmentCutter {
  let whole: Frame
  let layout: SegmentLayout
  let count: Int
  var index = 0
  /// Payload bytes cut so far.
  var payloadOffset = 0
  /// The part that holds the next payload byte, where in the arena, and how much of it is left.
  var chunk: UInt32
  var address: UInt64
  var left: Int

  init(_ frame: Frame) {
    whole = frame
    layout = frame.layout
    count = max(1, Int(frame.gsoSegments))
    chunk = FrameArena.chunk(of: frame.address)
    address = frame.address &+ UInt64(layout.headerLength)
    left = Int(frame.firstLength) - layout.headerLength
  }

  /// Chunks that one segment fills at most.
  var chunksPerSegment: Int {
    let longest = layout.headerLength + Int(whole.gsoSize)
    return (longest + FrameArena.partCapacity - 1) / FrameArena.partCapacity
  }

  var isAtEnd: Bool { index == count }
}

/// Software segmentation: what segmentation offload would do, for an output that has none.
extension Worker {
  /// Makes sure that there are chunks for so many parts; `FrameCache.capacity` at most.
  mutating func reserveChunks(_ wanted: Int) -> Bool {
    while cache.count < wanted {
      let before = cache.count
      if cache.prepare(wanted) == before { return false }
    }
    return true
  }

  /// The next segment as a frame of its own, its checksum partial. `reserveChunks` must have found room for it.
  mutating func cut(_ cutter: inout SegmentCutter) -> Frame {
    let header = cutter.layout.headerLength
    let payloadLength = Int(cutter.whole.length) - header
    let payload = min(Int(cutter.whole.gsoSize), payloadLength - cutter.payloadOffset)
    var frame = cutter.whole
    frame.gsoSize = 0
    frame.gsoSegments = 0
    frame.flags &= ~UInt16(
      MR_META_GSO_TCP | MR_META_GSO_UDP | MR_META_GSO_ECN | MR_META_GSO_ACCECN | MR_META_GSO_FIXED_ID)
    frame.flags |= UInt16(MR_META_PARTIAL)
    frame.checksumStart = frame.l4Offset
    frame.checksumOffset = UInt16(cutter.layout.checksumOffset)
    frame.length = UInt32(header + payload)
    frame.parts = 1
    var chunk = cache.take()
    frame.address = FrameArena.frameAddress(chunk: chunk)
    let first = min(payload, FrameArena.partCapacity - header)
    frame.firstLength = UInt32(header + first)
    let start = base + Int(frame.address)
    start.copyMemory(from: base + Int(cutter.whole.address), byteCount: header)
    copyPayload(&cutter, to: start + header, first)
    var rest = payload - first
    while rest > 0 {
      let next = cache.take()
      let address = FrameArena.frameAddress(chunk: next)
      let size = min(rest, FrameArena.partCapacity)
      copyPayload(&cutter, to: base + Int(address), size)
      chunks.links[Int(chunk)].next = next
      chunks.links[Int(next)] = .init(address: address, length: UInt32(size), next: ChunkTable.none)
      frame.parts += 1
      chunk = next
      rest -= size
    }
    cutter.layout.makeSegment(
      .init(
        index: cutter.index, isLast: cutter.index + 1 == cutter.count, payloadOffset: cutter.payloadOffset,
        length: Int(frame.length)),
      of: start, keepsIdentification: cutter.whole.has(MR_META_GSO_FIXED_ID),
      keepsCWR: cutter.whole.has(MR_META_GSO_ACCECN))
    cutter.index += 1
    cutter.payloadOffset += payload
    return frame
  }

  /// Copies the next bytes of the super-frame's payload, whatever parts they lie in.
  private func copyPayload(_ cutter: inout SegmentCutter, to target: UnsafeMutableRawPointer, _ count: Int) {
    var copied = 0
    while copied < count {
      if cutter.left == 0 {
        cutter.chunk = chunks.links[Int(cutter.chunk)].next
        let link = chunks.links[Int(cutter.chunk)]
        cutter.address = link.address
        cutter.left = Int(link.length)
        continue
      }
      let size = min(count - copied, cutter.left)
      (target + copied).copyMemory(from: base + Int(cutter.address), byteCount: size)
      cutter.address += UInt64(size)
      cutter.left -= size
      copied += size
    }
  }
}
