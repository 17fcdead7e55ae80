import CLinux
import Glibc

/// Records and the vectors that send them: headers lie in one small area, pages are sent from where they are in the
/// image. One `sendmsg` takes about a mebibyte, so the cost of the call is spread over 256 pages.
package struct PageBatch: ~Copyable {
  /// Payload bytes after which a batch is sent.
  package static let fullLength = 1 << 20
  private static let headerCapacity = 512
  /// IOV_MAX.
  private static let vectorCapacity = 1024

  private let headers: UnsafeMutableRawPointer
  private let vectors: UnsafeMutableBufferPointer<iovec>
  private var headerCount = 0
  private var vectorCount = 0
  /// The record that still grows; its header is written when it no longer does.
  private var record: RecordHeader?
  private var recordEnd = 0
  private var payload = 0
  /// Pages added since the last `send`.
  package private(set) var pageCount = 0
  private var sequence: UInt32

  package init(sequence: UInt32) {
    self.sequence = sequence
    headers = .allocate(byteCount: Self.headerCapacity * WireFormat.recordHeaderLength, alignment: 64)
    vectors = .allocate(capacity: Self.vectorCapacity)
  }

  deinit {
    headers.deallocate()
    vectors.deallocate()
  }

  package var isFull: Bool {
    payload >= Self.fullLength || headerCount == Self.headerCapacity || vectorCount + 2 > Self.vectorCapacity
  }

  /// Adds a page. The batch must not be full.
  package mutating func add(_ page: Int, of image: MemoryImage, isZero: Bool) {
    let kind: RecordKind = isZero ? .zeroPages : .pages
    let size = MemoryImage.pageSize
    if record?.kind == kind, recordEnd == page, isZero || record!.pages < UInt32(WireFormat.largestRun) {
      record!.pages += 1
      if !isZero { vectors[vectorCount - 1].iov_len += size }
    } else {
      closeRecord()
      record = RecordHeader(kind, sequence: sequence, pages: 1, value: UInt64(page))
      sequence &+= 1
      addHeader()
      if !isZero {
        vectors[vectorCount] = iovec(iov_base: image.page(page), iov_len: size)
        vectorCount += 1
      }
    }
    recordEnd = page + 1
    pageCount += 1
    if !isZero { payload += size }
  }

  /// Sends what was added and empties the batch. Returns the bytes sent.
  package mutating func send(over connection: TCPConnection) throws(MigrationError) -> Int {
    closeRecord()
    guard vectorCount > 0 else { return 0 }
    let length = payload + headerCount * WireFormat.recordHeaderLength
    defer { (headerCount, vectorCount, payload, pageCount) = (0, 0, 0, 0) }
    try connection.send(UnsafeMutableBufferPointer(rebasing: vectors[..<vectorCount]))
    return length
  }

  /// The number of the next record that is not a page record.
  package mutating func takeSequence() -> UInt32 {
    defer { sequence &+= 1 }
    return sequence
  }

  private mutating func addHeader() {
    let place = headers + headerCount * WireFormat.recordHeaderLength
    headerCount += 1
    if vectorCount > 0, vectors[vectorCount - 1].iov_base + vectors[vectorCount - 1].iov_len == place {
      vectors[vectorCount - 1].iov_len += WireFormat.recordHeaderLength
    } else {
      vectors[vectorCount] = iovec(iov_base: place, iov_len: WireFormat.recordHeaderLength)
      vectorCount += 1
    }
  }

  private mutating func closeRecord() {
    guard var header = record else { return }
    if header.kind == .pages { header.bodyLength = UInt64(header.pages) * UInt64(MemoryImage.pageSize) }
    header.write(to: headers + (headerCount - 1) * WireFormat.recordHeaderLength)
    record = nil
  }
}
