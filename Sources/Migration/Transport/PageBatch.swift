import CLinux
import Glibc

/// Up to 256 pages made into records, and the vectors that send them: headers and compressed bodies lie in areas of the
/// batch, other pages are sent from where they are in the image.
package final class PageBatch {
  /// Pages of a batch at most.
  package static let capacity = WireFormat.largestRun
  private static let headerLength = WireFormat.recordHeaderLength
  // A page and a zero page in turn take a header each, and a vector for each header and page.
  private static let headerCapacity = capacity + 2

  private let headers: UnsafeMutableRawPointer
  private let bodies: UnsafeMutableRawPointer
  private let vectors: UnsafeMutableBufferPointer<iovec>
  private var headerCount = 0
  private var vectorCount = 0
  private var duplicates: [(page: Int, owner: Int, digest: Digest)] = []
  /// The record that still grows; its header is written when it no longer does.
  private var record: RecordHeader?
  private var recordEnd = 0
  /// What it carries.
  package private(set) var runs: [PageRun] = []
  package private(set) var pageCount = 0
  package private(set) var zeroPages = 0
  package private(set) var duplicatePages = 0
  package private(set) var byteCount = 0

  /// Room in `bodies`: duplicates, then page numbers, then what came of compression.
  private static let duplicatesLength = capacity * WireFormat.duplicateLength
  private static let numbersLength = capacity * 4
  private static let compressedOffset = duplicatesLength + numbersLength
  package static let compressedCapacity = capacity * MemoryImage.pageSize

  package init() {
    headers = .allocate(byteCount: Self.headerCapacity * Self.headerLength, alignment: 64)
    bodies = .allocate(byteCount: Self.compressedOffset + Self.compressedCapacity, alignment: 64)
    vectors = .allocate(capacity: 2 * Self.headerCapacity + 2)
  }

  deinit {
    headers.deallocate()
    bodies.deallocate()
    vectors.deallocate()
  }

  /// Records in it.
  package var recordCount: UInt32 { UInt32(headerCount) }
  /// Bytes of guest memory it stands for.
  package var guestBytes: Int { pageCount * MemoryImage.pageSize }
  /// Where compression may put its result.
  package var compressed: UnsafeMutableRawPointer { bodies + Self.compressedOffset }

  package func begin(_ runs: [PageRun]) {
    self.runs = runs
    pageCount = runs.reduce(0) { $0 + $1.count }
    (headerCount, vectorCount, byteCount, zeroPages, duplicatePages) = (0, 0, 0, 0, 0)
    duplicates.removeAll(keepingCapacity: true)
  }

  /// Adds a page as it is, or as one of zeros.
  package func add(_ page: Int, of image: MemoryImage, isZero: Bool) {
    let kind: RecordKind = isZero ? .zeroPages : .pages
    let size = MemoryImage.pageSize
    if isZero { zeroPages += 1 }
    if record?.kind == kind, recordEnd == page {
      record!.pages += 1
      if !isZero { vectors[vectorCount - 1].iov_len += size }
    } else {
      open(RecordHeader(kind, sequence: 0, pages: 1, value: UInt64(page)))
      if !isZero { append(image.page(page), size) }
    }
    recordEnd = page + 1
    if !isZero { byteCount += size }
  }

  /// Adds a page that equals `owner`.
  package func addDuplicate(_ page: Int, of owner: Int, digest: Digest) {
    duplicates.append((page, owner, digest))
    duplicatePages += 1
  }

  /// Adds pages that were compressed into `compressed`.
  package func addCompressed(_ pages: [Int], codec: Codec, length: Int) {
    let numbers = compressed - 4 * pages.count
    for (index, page) in pages.enumerated() {
      numbers.storeBytes(of: UInt32(page).littleEndian, toByteOffset: 4 * index, as: UInt32.self)
    }
    var header = RecordHeader(
      .compressed, sequence: 0, pages: UInt32(pages.count), bodyLength: UInt64(4 * pages.count + length))
    header.codec = codec.rawValue
    open(header)
    append(numbers, 4 * pages.count + length)
    byteCount += 4 * pages.count + length
  }

  /// Nothing is added any more.
  package func end() {
    if !duplicates.isEmpty {
      let length = duplicates.count * WireFormat.duplicateLength
      for (index, one) in duplicates.enumerated() {
        let place = bodies + index * WireFormat.duplicateLength
        place.storeBytes(of: UInt32(one.page).littleEndian, as: UInt32.self)
        place.storeBytes(of: UInt32(one.owner).littleEndian, toByteOffset: 4, as: UInt32.self)
        place.storeBytes(of: one.digest.low.littleEndian, toByteOffset: 8, as: UInt64.self)
        place.storeBytes(of: one.digest.high.littleEndian, toByteOffset: 16, as: UInt64.self)
      }
      open(
        RecordHeader(.duplicates, sequence: 0, pages: UInt32(duplicates.count), bodyLength: UInt64(length)))
      append(bodies, length)
      byteCount += length
    }
    closeRecord()
    byteCount += headerCount * Self.headerLength
  }

  /// Numbers the records from `sequence` on and gives the vectors to send, which are used up.
  package func stamped(from sequence: UInt32) -> UnsafeMutableBufferPointer<iovec> {
    for index in 0..<headerCount {
      headers.storeBytes(
        of: (sequence &+ UInt32(index)).littleEndian,
        toByteOffset: index * Self.headerLength + RecordHeader.sequenceOffset, as: UInt32.self)
    }
    return UnsafeMutableBufferPointer(rebasing: vectors[..<vectorCount])
  }

  private func open(_ header: RecordHeader) {
    closeRecord()
    record = header
    append(headers + headerCount * Self.headerLength, Self.headerLength)
    headerCount += 1
  }

  private func append(_ base: UnsafeMutableRawPointer, _ length: Int) {
    if vectorCount > 0, vectors[vectorCount - 1].iov_base + vectors[vectorCount - 1].iov_len == base {
      vectors[vectorCount - 1].iov_len += length
    } else {
      vectors[vectorCount] = iovec(iov_base: base, iov_len: length)
      vectorCount += 1
    }
  }

  private func closeRecord() {
    guard var header = record else { return }
    if header.kind == .pages { header.bodyLength = UInt64(header.pages) * UInt64(MemoryImage.pageSize) }
    header.write(to: headers + (headerCount - 1) * Self.headerLength)
    record = nil
  }
}
