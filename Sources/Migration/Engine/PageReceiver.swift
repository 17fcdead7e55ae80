import CLinux
import Glibc

/// A page whose content is that of another one.
struct DuplicatePage {
  var page: Int
  var owner: Int
  var digest: Digest
}

/// Puts the pages that come over one connection into the image, and digests each. One thread's.
final class PageReceiver {
  let reader: RecordReader
  private let place: String
  private let image: MemoryImage
  private let digests: PageDigests
  /// In post-copy: where pages go while the VM runs.
  private let missing: () -> MissingPages?
  private let compressor = Compressor()
  private let body: UnsafeMutableRawPointer
  private let pages: UnsafeMutableRawPointer

  init(
    _ connection: TCPConnection, sequence: UInt32, image: MemoryImage, digests: PageDigests,
    missing: @escaping () -> MissingPages?
  ) {
    reader = RecordReader(connection, sequence: sequence)
    place = connection.place
    self.image = image
    self.digests = digests
    self.missing = missing
    // A compressed record is never longer than its pages and their numbers.
    let longest = WireFormat.largestRun * MemoryImage.pageSize
    body = .allocate(byteCount: longest + 4 * WireFormat.largestRun, alignment: 64)
    pages = .allocate(byteCount: longest, alignment: 64)
  }

  deinit {
    body.deallocate()
    pages.deallocate()
  }

  /// Takes the record's body in. Pages that equal others are returned: those may still be on their way.
  func take(_ header: RecordHeader) throws(MigrationError) -> [DuplicatePage] {
    switch header.kind {
    case .pages: try takePages(header)
    case .zeroPages: try takeZeroPages(header)
    case .compressed: try takeCompressed(header)
    case .duplicates: return try takeDuplicates(header)
    default: throw .corrupt(place, "\(header.kind) where pages belong")
    }
    return []
  }

  private func takePages(_ header: RecordHeader) throws(MigrationError) {
    let run = try run(header)
    if let missing = missing() {
      try reader.readBody(into: pages, count: run.count * MemoryImage.pageSize) { _ in }
      for index in 0..<run.count { try put(run.first + index, pages + index * MemoryImage.pageSize, missing) }
      return
    }
    var digested = run.first
    try reader.readBody(into: image.page(run.first), count: run.count * MemoryImage.pageSize) { arrived in
      while (digested - run.first + 1) * MemoryImage.pageSize <= arrived {
        digests[digested] = Digest(of: image.page(digested), count: MemoryImage.pageSize)
        digested += 1
      }
    }
  }

  private func takeZeroPages(_ header: RecordHeader) throws(MigrationError) {
    let zero = Digest.zeroPage
    let run = try run(header)
    if let missing = missing() {
      pages.initializeMemory(as: UInt8.self, repeating: 0, count: MemoryImage.pageSize)
      for page in run.first..<run.end { try put(page, pages, missing) }
      return
    }
    for page in run.first..<run.end where digests[page] != zero {
      image.page(page).initializeMemory(as: UInt8.self, repeating: 0, count: MemoryImage.pageSize)
      digests[page] = zero
    }
  }

  private func takeCompressed(_ header: RecordHeader) throws(MigrationError) {
    let count = Int(header.pages)
    try reader.readBody(into: body, count: Int(header.bodyLength)) { _ in }
    guard let codec = Codec(rawValue: header.codec),
      compressor.decompress(
        body + 4 * count, length: Int(header.bodyLength) - 4 * count, codec: codec, into: pages,
        count: count * MemoryImage.pageSize)
    else { throw .corrupt(place, "pages that do not decompress") }
    for index in 0..<count {
      let page = try page(UInt64(UInt32(littleEndian: body.load(fromByteOffset: 4 * index, as: UInt32.self))))
      let source = pages + index * MemoryImage.pageSize
      if let missing = missing() {
        try put(page, source, missing)
        continue
      }
      image.page(page).copyMemory(from: source, byteCount: MemoryImage.pageSize)
      digests[page] = Digest(of: source, count: MemoryImage.pageSize)
    }
  }

  private func put(_ page: Int, _ content: UnsafeRawPointer, _ missing: MissingPages) throws(MigrationError) {
    // The digest is of what the memory holds, not of what came.
    guard try missing.place(page, content) else { return }
    digests[page] = Digest(of: content, count: MemoryImage.pageSize)
  }

  private func takeDuplicates(_ header: RecordHeader) throws(MigrationError) -> [DuplicatePage] {
    try reader.readBody(into: body, count: Int(header.bodyLength)) { _ in }
    var found: [DuplicatePage] = []
    for index in 0..<Int(header.pages) {
      let entry = body + index * WireFormat.duplicateLength
      found.append(
        DuplicatePage(
          page: try page(UInt64(UInt32(littleEndian: entry.load(as: UInt32.self)))),
          owner: try page(UInt64(UInt32(littleEndian: entry.load(fromByteOffset: 4, as: UInt32.self)))),
          digest: Digest(
            low: UInt64(littleEndian: entry.load(fromByteOffset: 8, as: UInt64.self)),
            high: UInt64(littleEndian: entry.load(fromByteOffset: 16, as: UInt64.self)))))
    }
    return found
  }

  /// The pages a record names, which the image must have.
  private func run(_ header: RecordHeader) throws(MigrationError) -> PageRun {
    guard header.value <= UInt64(image.pageCount), UInt64(header.pages) <= UInt64(image.pageCount) - header.value else {
      throw .corrupt(place, "page \(header.value) + \(header.pages) of \(image.pageCount)")
    }
    return PageRun(first: Int(header.value), count: Int(header.pages))
  }

  private func page(_ number: UInt64) throws(MigrationError) -> Int {
    guard number < UInt64(image.pageCount) else { throw .corrupt(place, "page \(number) of \(image.pageCount)") }
    return Int(number)
  }
}
