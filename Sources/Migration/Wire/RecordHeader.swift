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
  // From the target.
  case roundDone = 16
  case complete = 17
  case running = 18
  case done = 19
  case failed = 20
}

/// The 32 bytes in front of every record.
///
/// ```
///  0 magic u32     8 sequence u32    16 value u64: first page, round, or mismatching pages
///  4 kind u16     12 pages u32       24 body length u64
///  6 flags u16
/// ```
///
/// The sequence counts the records of one direction from 0, so that a stream that lost its place is noticed at once.
package struct RecordHeader: Hashable, Sendable {
  package var kind: RecordKind
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

  /// Writes the 32 bytes.
  package func write(to target: UnsafeMutableRawPointer) {
    target.storeBytes(of: WireFormat.recordMagic.littleEndian, as: UInt32.self)
    target.storeBytes(of: kind.rawValue.littleEndian, toByteOffset: 4, as: UInt16.self)
    target.storeBytes(of: 0, toByteOffset: 6, as: UInt16.self)
    target.storeBytes(of: sequence.littleEndian, toByteOffset: 8, as: UInt32.self)
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
      load(6, UInt16.self) == 0, load(8, UInt32.self) == sequence
    else { return nil }
    self.init(
      kind, sequence: sequence, pages: load(12, UInt32.self), value: load(16, UInt64.self),
      bodyLength: load(24, UInt64.self))
    guard isConsistent else { return nil }
  }

  private var isConsistent: Bool {
    switch kind {
    case .pages:
      pages >= 1 && pages <= UInt32(WireFormat.largestRun) && bodyLength == UInt64(pages) * UInt64(MemoryImage.pageSize)
    case .zeroPages: pages >= 1 && bodyLength == 0
    case .finish, .complete: pages == 0 && bodyLength == 16
    case .cancel, .failed: pages == 0 && bodyLength <= UInt64(WireFormat.largestText)
    case .roundEnd, .release, .verdict, .roundDone, .running, .done: pages == 0 && bodyLength == 0
    }
  }
}
