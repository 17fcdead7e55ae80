import CXXHash

/// An XXH3 128-bit digest. It tells accidents apart, not forgeries.
public struct Digest: Hashable, Sendable {
  public var low: UInt64
  public var high: UInt64

  package init(low: UInt64, high: UInt64) {
    self.low = low
    self.high = high
  }

  /// The digest of `count` bytes.
  @inline(__always)
  package init(of bytes: UnsafeRawPointer, count: Int) {
    let hash = ml_xxh3_128(bytes, count)
    self.init(low: hash.low64, high: hash.high64)
  }

  /// The digest of a page of zeros.
  package static let zeroPage: Digest = {
    let page = UnsafeMutableRawPointer.allocate(byteCount: MemoryImage.pageSize, alignment: 64)
    defer { page.deallocate() }
    page.initializeMemory(as: UInt8.self, repeating: 0, count: MemoryImage.pageSize)
    return Digest(of: page, count: MemoryImage.pageSize)
  }()

  /// Stands for a page that is not here: no page's digest, but for an accident in 2^128.
  package static let missingPage = Digest(low: 0, high: 0)
}

extension Digest: CustomStringConvertible {
  public var description: String { Self.hex(high) + Self.hex(low) }

  private static func hex(_ word: UInt64) -> String {
    let digits = String(word, radix: 16)
    return String(repeating: "0", count: 16 - digits.count) + digits
  }
}
