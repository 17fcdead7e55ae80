import CMillraceABI

/// The Toeplitz hash of one key, by table: for each input position and byte value the 32 bits it contributes.
///
/// Owns 36 x 256 words on the heap, the layout of `mr_toeplitz`, so that the BPF programs read the same table.
/// Take `view` once per worker; it is valid as long as the table.
public final class ToeplitzTable: Sendable {
  public let key: ToeplitzKey
  /// Position-major: word `256 * position + byte`.
  public nonisolated(unsafe) let words: UnsafePointer<UInt32>

  public static let inputBytes = MR_TOEPLITZ_INPUT_BYTES
  public static let wordCount = inputBytes * 256

  public init(key: ToeplitzKey = .microsoft) {
    self.key = key
    let words = UnsafeMutablePointer<UInt32>.allocate(capacity: Self.wordCount)
    for position in 0..<Self.inputBytes {
      for byte in 0..<256 {
        words[256 * position + byte] = Self.contribution(of: UInt8(byte), at: position, key: key.bytes)
      }
    }
    self.words = UnsafePointer(words)
  }

  deinit { words.deallocate() }

  /// A pointer to the table, trivial to copy.
  public var view: ToeplitzView { ToeplitzView(words) }

  /// For every set bit of the byte, the 32 bits of the key that begin at the bit's place in the input.
  static func contribution(of byte: UInt8, at position: Int, key: [UInt8]) -> UInt32 {
    // The five key bytes from `position`: a 40-bit window over eight shifts.
    let window = (0..<5).reduce(UInt64(0)) { $0 << 8 | UInt64(key[position + $1]) }
    var hash: UInt32 = 0
    for bit in 0..<8 where byte & (0x80 >> UInt8(bit)) != 0 {
      hash ^= UInt32(truncatingIfNeeded: window >> UInt64(8 - bit))
    }
    return hash
  }
}

/// A borrowed `ToeplitzTable`.
public struct ToeplitzView {
  @usableFromInline let words: UnsafePointer<UInt32>

  @inlinable init(_ words: UnsafePointer<UInt32>) { self.words = words }

  /// The contribution of `count` bytes that stand at `position` of the input. Exclusive-or the parts.
  /// Position + count is at most 36.
  @inlinable @inline(__always)
  public func hash(_ bytes: UnsafeRawPointer, _ count: Int, position: Int = 0) -> UInt32 {
    // SAFETY: a row holds 256 words and a byte indexes it; the caller keeps position + count within 36 rows.
    var row = words + 256 * position
    var hash: UInt32 = 0
    for i in 0..<count {
      hash ^= row[Int(bytes.byte(i))]
      row += 256
    }
    return hash
  }
}
