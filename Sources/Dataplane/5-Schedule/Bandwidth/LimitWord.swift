/// What a limit is of: limits of two plans with the same identity are one.
enum LimitIdentity: Hashable {
  case link(port: Int)
  case maximum(port: Int)
  case classMaximum(port: Int, class: String)
  case liveMigration
  case storm(port: Int)
  /// Of a port's frames, or of a class of them, on a link, whatever their priority group; without a port, of all that have
  /// none of their own.
  case reserve(link: Int, port: Int?, class: String?)
}

/// The word of a `RateLimit`. Plans that follow one another share it, so that what one has let out is charged to the next,
/// also while some workers use the one and some the other.
final class LimitWord: @unchecked Sendable {
  let pointer: UnsafeMutablePointer<UInt64>

  init() {
    // SAFETY: workers charge it all the time: a cache line of its own.
    pointer = UnsafeMutableRawPointer.allocate(byteCount: 64, alignment: 64).bindMemory(to: UInt64.self, capacity: 8)
    pointer.initialize(repeating: 0, count: 8)
  }

  deinit { pointer.deallocate() }
}
