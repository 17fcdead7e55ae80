import CLinux
import Units

/// Makes pages into a batch: digests each, leaves out zeros and duplicates, compresses the rest. One thread's.
final class PageEncoder {
  private let image: MemoryImage
  private let digests: PageDigests
  private let duplicates: DuplicateIndex?
  private let control: CompressionControl
  private let compressor = Compressor()
  private let nice = NiceSection()
  private let clock = RunQueueClock()
  /// Pages are copied before they are compressed: a page that changes meanwhile would confuse the compressor.
  private let copies: UnsafeMutableRawPointer
  private var copied: [Int] = []

  /// Compressed to less than this part, else sent as they are.
  private static let worthwhile = 0.95

  init(image: MemoryImage, digests: PageDigests, duplicates: DuplicateIndex?, control: CompressionControl) {
    self.image = image
    self.digests = digests
    self.duplicates = duplicates
    self.control = control
    copies = .allocate(byteCount: PageBatch.compressedCapacity, alignment: 4096)
  }

  deinit {
    copies.deallocate()
    clock.close()
  }

  func encode(_ runs: [PageRun], at level: CompressionLevel, into batch: PageBatch) {
    batch.begin(runs)
    copied.removeAll(keepingCapacity: true)
    let before = level == .none ? nil : clock.read()
    if level != .none { nice.begin() }
    let zero = Digest.zeroPage
    for run in runs {
      for page in run.first..<run.end {
        var bytes = UnsafeMutableRawPointer(image.page(page))
        if level != .none {
          bytes = copies + copied.count * MemoryImage.pageSize
          bytes.copyMemory(from: image.page(page), byteCount: MemoryImage.pageSize)
        }
        // Digested just before it is sent, so that the copy into the socket finds it in the cache.
        let digest = Digest(of: bytes, count: MemoryImage.pageSize)
        digests[page] = digest
        if digest == zero {
          batch.add(page, of: image, isZero: true)
        } else if let owner = duplicates?.page(of: digest), owner != page, digests[owner] == digest {
          batch.addDuplicate(page, of: owner, digest: digest)
        } else {
          duplicates?.note(page, digest)
          if level == .none { batch.add(page, of: image, isZero: false) } else { copied.append(page) }
        }
      }
    }
    if level != .none { compress(at: level, into: batch, since: before) }
    batch.end()
  }

  private func compress(
    at level: CompressionLevel, into batch: PageBatch, since before: (ran: Nanoseconds, waited: Nanoseconds)?
  ) {
    let length = copied.count * MemoryImage.pageSize
    let capacity = Int(Double(length) * Self.worthwhile)
    let compressed =
      copied.isEmpty
      ? nil
      : compressor.compress(copies, count: length, level: level, into: batch.compressed, capacity: capacity)
    nice.end()
    if let compressed, let codec = level.codec {
      batch.addCompressed(copied, codec: codec, length: compressed)
    } else {
      for page in copied { batch.add(page, of: image, isZero: false) }
    }
    let after = clock.read()
    control.compressed(
      from: length, to: compressed ?? length, ran: (after?.ran ?? Nanoseconds(0)) - (before?.ran ?? Nanoseconds(0)),
      waited: (after?.waited ?? Nanoseconds(0)) - (before?.waited ?? Nanoseconds(0)),
      at: Nanoseconds(ml_monotonic_ns()))
  }
}
