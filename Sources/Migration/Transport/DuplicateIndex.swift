import CLinux

/// Where a page with some content was sent: a table of one place for each hash value, the newest page wins. What it
/// says may be out of date, and another thread may be changing it: the target checks.
final class DuplicateIndex: @unchecked Sendable {
  /// 0, or a page's number and 1, below half of its digest, so that few pages that differ are looked up in vain.
  private let table: UnsafeMutablePointer<UInt64>
  private let mask: UInt64

  init(pageCount: Int) {
    var size = 1024
    while size < pageCount { size *= 2 }
    mask = UInt64(size - 1)
    table = .allocate(capacity: size)
    table.initialize(repeating: 0, count: size)
  }

  deinit { table.deallocate() }

  /// A page that had this digest when it was sent.
  func page(of digest: Digest) -> Int? {
    let found = ml_load_relaxed_u64(place(of: digest))
    return found > 0 && found >> 32 == digest.low >> 32 ? Int(UInt32(truncatingIfNeeded: found)) - 1 : nil
  }

  func note(_ page: Int, _ digest: Digest) {
    ml_store_relaxed_u64(place(of: digest), (digest.low & ~UInt64(UInt32.max)) | UInt64(page + 1))
  }

  private func place(of digest: Digest) -> UnsafeMutablePointer<UInt64> { table + Int(digest.high & mask) }
}
