import CLinux
import Glibc

/// Finds written pages by userfaultfd write protection in async mode: a write clears the page's protection in the
/// kernel without waking anybody; PAGEMAP_SCAN lists the cleared pages and protects them again in one step.
package final class UserfaultTracker: DirtyTracker {
  package let method = "userfaultfd write protection"

  private let image: MemoryImage
  private let userfault: Int32
  private let pagemap: Int32
  private let regions: UnsafeMutableBufferPointer<ml_page_region>

  /// Throws when the kernel (before 6.7) or a sandbox refuses.
  package init(_ image: MemoryImage) throws(MigrationError) {
    let userfault = ml_userfault_open()
    guard userfault >= 0 else {
      throw MigrationError(
        "dirty tracking", call: "userfaultfd in async write-protect mode", errno: -userfault,
        fix: "use kernel 6.7 or newer")
    }
    let pagemap = ml_pagemap_open()
    guard pagemap >= 0 else {
      close(userfault)
      throw MigrationError("dirty tracking", call: "/proc/self/pagemap", errno: -pagemap)
    }
    self.image = image
    self.userfault = userfault
    self.pagemap = pagemap
    self.regions = .allocate(capacity: 4096)
  }

  deinit {
    // Closing the descriptor ends the protection.
    close(userfault)
    close(pagemap)
    regions.deallocate()
  }

  package func begin() throws(MigrationError) {
    let result = ml_userfault_protect(userfault, image.base, UInt64(image.byteCount))
    guard result == 0 else { throw MigrationError("dirty tracking", call: "write protection", errno: -result) }
  }

  package func take(into pages: inout PageRuns) throws(MigrationError) {
    pages.removeAll()
    let base = UInt64(UInt(bitPattern: image.base))
    let end = base + UInt64(image.byteCount)
    var position = base
    while position < end {
      var walked = position
      let found = ml_pagemap_take_written(
        pagemap, position, end, regions.baseAddress, UInt64(regions.count), &walked)
      guard found >= 0 else { throw MigrationError("dirty tracking", call: "PAGEMAP_SCAN", errno: Int32(-found)) }
      guard walked > position else { throw MigrationError("dirty tracking", "PAGEMAP_SCAN does not advance") }
      for region in regions[..<found] {
        let first = Int(region.start - base) / MemoryImage.pageSize
        pages.append(PageRun(first: first, count: Int(region.end - region.start) / MemoryImage.pageSize))
      }
      position = walked
    }
  }
}
