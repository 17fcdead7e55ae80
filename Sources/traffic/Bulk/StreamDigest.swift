import CXXHash

/// The digest of a stream, whatever pieces it comes in: each block's hash is the seed of the next.
struct StreamDigest: ~Copyable {
  static let blockSize = 1 << 18
  private let block: UnsafeMutableRawPointer
  private var filled = 0
  private(set) var bytes: UInt64 = 0
  private var value: UInt64 = 0

  init() { block = .allocate(byteCount: Self.blockSize, alignment: 64) }

  deinit { block.deallocate() }

  /// Where the next bytes of the stream belong.
  var free: UnsafeMutableRawBufferPointer { .init(start: block + filled, count: Self.blockSize - filled) }

  /// `count` bytes were written to `free`.
  mutating func take(_ count: Int) {
    filled += count
    bytes += UInt64(count)
    if filled == Self.blockSize { close() }
  }

  /// The digest of all bytes taken.
  mutating func finish() -> UInt64 {
    if filled > 0 { close() }
    return value
  }

  private mutating func close() {
    value = ml_xxh3_64(block, filled, value)
    filled = 0
  }
}
