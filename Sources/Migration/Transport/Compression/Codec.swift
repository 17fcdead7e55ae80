import CCompression

/// A way to make pages smaller.
public enum Codec: UInt16, Codable, Hashable, Sendable, CaseIterable {
  case lz4 = 1
  case zstd = 2
}

/// What is done to pages before they are sent. The levels are in the order of their cost.
public enum CompressionLevel: Int, Codable, Hashable, Sendable, CaseIterable {
  case none, lz4, zstd1, zstd3

  package var codec: Codec? {
    switch self {
    case .none: nil
    case .lz4: .lz4
    case .zstd1, .zstd3: .zstd
    }
  }

  /// For the figures.
  public var name: String {
    switch self {
    case .none: "none"
    case .lz4: "lz4"
    case .zstd1: "zstd level 1"
    case .zstd3: "zstd level 3"
    }
  }
}

/// One thread's compressor and decompressor.
package final class Compressor {
  private let compression: OpaquePointer = ZSTD_createCCtx()
  private let decompression: OpaquePointer = ZSTD_createDCtx()

  package init() {}

  deinit {
    ZSTD_freeCCtx(compression)
    ZSTD_freeDCtx(decompression)
  }

  /// Compresses; nil when the result does not fit `capacity`.
  package func compress(
    _ source: UnsafeRawPointer, count: Int, level: CompressionLevel, into target: UnsafeMutableRawPointer,
    capacity: Int
  ) -> Int? {
    switch level {
    case .none: return nil
    case .lz4:
      let length = LZ4_compress_fast(
        source.assumingMemoryBound(to: CChar.self), target.assumingMemoryBound(to: CChar.self), Int32(count),
        Int32(capacity), 1)
      return length > 0 ? Int(length) : nil
    case .zstd1, .zstd3:
      let length = ZSTD_compressCCtx(compression, target, capacity, source, count, level == .zstd1 ? 1 : 3)
      return ZSTD_isError(length) == 0 ? length : nil
    }
  }

  /// Whether exactly `count` bytes came out.
  package func decompress(
    _ source: UnsafeRawPointer, length: Int, codec: Codec, into target: UnsafeMutableRawPointer, count: Int
  ) -> Bool {
    switch codec {
    case .lz4:
      return LZ4_decompress_safe(
        source.assumingMemoryBound(to: CChar.self), target.assumingMemoryBound(to: CChar.self), Int32(length),
        Int32(count)) == Int32(count)
    case .zstd: return ZSTD_decompressDCtx(decompression, target, count, source, length) == count
    }
  }
}
