/// What a record is.
package enum RecordKind: UInt16, Sendable {
  // From the source.
  case pages = 1
  case zeroPages = 2
  case roundEnd = 3
  case finish = 4
  case release = 5
  case verdict = 6
  case cancel = 7
  case compressed = 8
  case duplicates = 9
  case postCopy = 10
  // From the target.
  case roundDone = 16
  case complete = 17
  case running = 18
  case done = 19
  case ready = 20
}

/// The 32 bytes in front of every record.
///
/// ```
///  0 magic u32     8 sequence u32    16 value u64: first page, round, or mismatching pages
///  4 kind u16     12 pages u32       24 body length u64
///  6 codec u16 (of `compressed`)
/// ```
///
/// The sequence counts the records of one direction from 0, so that a stream that lost its place is noticed at once.
package struct RecordHeader: Hashable, Sendable {
  package var kind: RecordKind
  package var codec: UInt16 = 0
  package var sequence: UInt32
  package var pages: UInt32
  package var value: UInt64
  package var bodyLength: UInt64

  package init(_ kind: RecordKind, sequence: UInt32, pages: UInt32 = 0, value: UInt64 = 0, bodyLength: UInt64 = 0) {
    self.kind = kind
    self.sequence = sequence
    self.pages = pages
    self.value = value
    self.bodyLength = bodyLength
  }

  package static let sequenceOffset = 8

  /// Writes the 32 bytes.
  package func write(to target: UnsafeMutableRawPointer) {
    target.storeBytes(of: WireFormat.recordMagic.littleEndian, as: UInt32.self)
    target.storeBytes(of: kind.rawValue.littleEndian, toByteOffset: 4, as: UInt16.self)
    target.storeBytes(of: codec.littleEndian, toByteOffset: 6, as: UInt16.self)
    target.storeBytes(of: sequence.littleEndian, toByteOffset: Self.sequenceOffset, as: UInt32.self)
    target.storeBytes(of: pages.littleEndian, toByteOffset: 12, as: UInt32.self)
    target.storeBytes(of: value.littleEndian, toByteOffset: 16, as: UInt64.self)
    target.storeBytes(of: bodyLength.littleEndian, toByteOffset: 24, as: UInt64.self)
  }

  /// Reads 32 bytes and checks all that can be checked without the image: nil says the stream is corrupt.
  package init?(reading source: UnsafeRawPointer, expected sequence: UInt32) {
    func load<Value: FixedWidthInteger & BitwiseCopyable>(_ offset: Int, _: Value.Type) -> Value {
      Value(littleEndian: source.loadUnaligned(fromByteOffset: offset, as: Value.self))
    }
    guard load(0, UInt32.self) == WireFormat.recordMagic, let kind = RecordKind(rawValue: load(4, UInt16.self)),
      load(Self.sequenceOffset, UInt32.self) == sequence
    else { return nil }
    self.init(
      kind, sequence: sequence, pages: load(12, UInt32.self), value: load(16, UInt64.self),
      bodyLength: load(24, UInt64.self))
    codec = load(6, UInt16.self)
    guard isConsistent else { return nil }
  }

  private var isConsistent: Bool {
    guard kind == .compressed || codec == 0 else { return false }
    let run = pages >= 1 && pages <= UInt32(WireFormat.largestRun)
    let size = UInt64(MemoryImage.pageSize)
    switch kind {
    case .pages: return run && bodyLength == UInt64(pages) * size
    case .zeroPages: return pages >= 1 && bodyLength == 0
    // The page numbers, then at most what the pages take themselves.
    case .compressed:
      return run && Codec(rawValue: codec) != nil && bodyLength > UInt64(pages) * 4
        && bodyLength <= UInt64(pages) * (4 + size)
    case .duplicates: return run && bodyLength == UInt64(pages) * UInt64(WireFormat.duplicateLength)
    case .complete: return pages == 0 && bodyLength == 16
    case .cancel: return pages == 0 && bodyLength <= UInt64(WireFormat.largestText)
    case .finish: return pages == 0 && bodyLength >= 16 && bodyLength <= ControlRecord.largestBody
    case .roundEnd, .roundDone, .postCopy: return pages == 0 && bodyLength <= ControlRecord.largestBody
    case .release, .verdict, .running, .done, .ready: return pages == 0 && bodyLength == 0
    }
  }
}
