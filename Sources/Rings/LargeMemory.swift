import Glibc

/// Memory that is read all over: on huge pages where the kernel has some, or each access may wait for the TLB first.
public enum LargeMemory {
  /// 2 MiB on x86-64 and arm64.
  public static let hugePage = 2 << 20

  /// Uninitialized memory, aligned to a cache line; `deallocate()` frees it. From a quarter of a huge page on it takes whole
  /// ones.
  public static func allocate(byteCount: Int) -> UnsafeMutableRawPointer {
    guard byteCount > hugePage / 4 else { return .allocate(byteCount: max(1, byteCount), alignment: 64) }
    let size = (byteCount + hugePage - 1) & ~(hugePage - 1)
    let memory = UnsafeMutableRawPointer.allocate(byteCount: size, alignment: hugePage)
    madvise(memory, size, MADV_HUGEPAGE)
    return memory
  }

  /// Zeroed memory that is not taken until it is touched, for tables that may never be full; nil when the kernel refuses.
  /// `munmap` frees it.
  public static func reserve(byteCount: Int) -> UnsafeMutableRawPointer? { map(byteCount, MAP_NORESERVE) }

  /// Zeroed memory that is going to be taken whole: nil when the host has not so much. `munmap` frees it.
  static func map(byteCount: Int) -> UnsafeMutableRawPointer? { map(byteCount, 0) }

  private static func map(_ byteCount: Int, _ more: Int32) -> UnsafeMutableRawPointer? {
    let flags = MAP_PRIVATE | MAP_ANONYMOUS | more
    guard let memory = mmap(nil, byteCount, PROT_READ | PROT_WRITE, flags, -1, 0), memory != MAP_FAILED else {
      return nil
    }
    // The kernel aligns large areas to huge pages by itself (since 6.7).
    if byteCount >= hugePage { madvise(memory, byteCount, MADV_HUGEPAGE) }
    return memory
  }
}
