/// Finds written pages by comparing each page's digest with the one it had at the last look: reads all memory every
/// time, but asks nothing of the kernel. A page that was changed and changed back counts as clean.
package final class ComparingTracker: DirtyTracker {
  package let method: String

  private let image: MemoryImage
  private var digests: PageDigests

  /// `reason`: why the kernel's own tracking is not used.
  package init(_ image: MemoryImage, reason: String) {
    self.image = image
    self.method = "comparing page digests (\(reason))"
    self.digests = PageDigests(pageCount: image.pageCount)
  }

  package func begin() throws(MigrationError) {
    for page in 0..<image.pageCount { digests[page] = Digest(of: image.page(page), count: MemoryImage.pageSize) }
  }

  package func take(into pages: inout PageRuns) throws(MigrationError) {
    pages.removeAll()
    for page in 0..<image.pageCount {
      let digest = Digest(of: image.page(page), count: MemoryImage.pageSize)
      guard digest != digests[page] else { continue }
      digests[page] = digest
      pages.append(PageRun(first: page, count: 1))
    }
  }
}
