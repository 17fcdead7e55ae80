import CLinux
import Glibc
import Units

/// The memory of one VM: private anonymous pages of this process, all of them present, in 4 KiB pages to the tracker
/// and on the wire, in huge pages underneath where the host gives them.
///
/// The bytes are shared by threads without locks, as guest memory is: writers store words while the copy reads them.
/// What the copy reads of a page that is being written does not matter, because that page is copied again.
public final class MemoryImage: @unchecked Sendable {
  /// Bytes in a page, on the wire and to the tracker.
  public static let pageSize = 4096

  /// The first byte.
  public let base: UnsafeMutableRawPointer
  /// Bytes: a whole number of pages.
  public let byteCount: Int
  public var pageCount: Int { byteCount / Self.pageSize }

  /// Maps `byteCount` bytes of zeros, rounded up to whole pages. Throws when the host does not have them, instead of
  /// letting the process die at first touch.
  public init(byteCount: Int, name: String) throws(MigrationError) {
    let pages = (byteCount + Self.pageSize - 1) / Self.pageSize
    let rounded = max(pages, 1) * Self.pageSize
    // Told beforehand: where memory is overcommitted, populating more than there is ends in the OOM killer.
    if let available = Bytes.availableOnHost(), UInt64(rounded) > available.count {
      throw MigrationError(
        name, "needs \(Bytes(UInt64(rounded))), this host has \(available.count >> 20)MiB to spare",
        fix: "give the VM less memory")
    }
    let area = mmap(nil, rounded, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0)
    guard let area, area != MAP_FAILED else {
      throw MigrationError(name, call: "cannot map \(rounded) bytes", errno: errno, fix: "give the VM less memory")
    }
    // Fewer faults and TLB misses; a kernel without huge pages refuses, and small pages do as well.
    _ = madvise(area, rounded, MADV_HUGEPAGE)
    // Piece by piece, so that the process's memory map is not locked for long: another VM of it may be in its blackout.
    for offset in stride(from: 0, to: rounded, by: Self.populateStep) {
      let length = min(Self.populateStep, rounded - offset)
      guard madvise(area + offset, length, Self.populateWrite) == 0 || errno == EINVAL else {
        let fault = errno
        munmap(area, rounded)
        throw MigrationError(
          name, call: "this host has no \(rounded) bytes for it", errno: fault, fix: "give the VM less memory")
      }
    }
    self.base = area
    self.byteCount = rounded
  }

  deinit { munmap(base, byteCount) }

  /// MADV_POPULATE_WRITE, kernel 5.14; before it (EINVAL) pages come at first touch.
  private static let populateWrite: Int32 = 23
  private static let populateStep = 2 << 20

  /// All of it.
  package var bytes: UnsafeRawBufferPointer { UnsafeRawBufferPointer(start: base, count: byteCount) }

  /// The first byte of a page.
  package func page(_ index: Int) -> UnsafeMutableRawPointer { base + index * Self.pageSize }
}
