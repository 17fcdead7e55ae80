/// The digest of every page of an image, and of them all.
///
/// The digest of all memory is the XXH3-128 of the pages' digests in order (low word first, little-endian), so a side
/// that digests each page when it is sent or received has the whole in a fraction of a millisecond when the VM is
/// paused: verifying does not lengthen the blackout.
/// Several threads may use it, each for other pages.
package final class PageDigests: @unchecked Sendable {
  package let pageCount: Int
  private let table: UnsafeMutablePointer<Digest>

  /// Digests of pages of zeros, which is what an image begins with.
  package init(pageCount: Int) {
    self.pageCount = pageCount
    table = .allocate(capacity: pageCount)
    table.initialize(repeating: .zeroPage, count: pageCount)
  }

  deinit { table.deallocate() }

  package subscript(page: Int) -> Digest {
    get {
      precondition(page >= 0 && page < pageCount)
      return table[page]
    }
    set {
      precondition(page >= 0 && page < pageCount)
      table[page] = newValue
    }
  }

  /// The digest of all memory.
  package var whole: Digest { Digest(of: table, count: pageCount * MemoryLayout<Digest>.stride) }

  /// How many pages of the image differ from the table. Reads all memory.
  package func mismatches(in image: MemoryImage) -> Int {
    var count = 0
    for page in 0..<pageCount where Digest(of: image.page(page), count: MemoryImage.pageSize) != table[page] {
      count += 1
    }
    return count
  }
}
