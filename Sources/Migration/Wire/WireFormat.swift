/// The stream between source and target, version 1. Integers are little-endian.
///
/// ```
/// source                                        target
///   Hello (144 bytes)                     ──►
///                                         ◄──   HelloAnswer: accepted, or refused with a text
///   pages, zeroPages …, roundEnd          ──►                                   as often as there are rounds
///                                         ◄──   roundDone
///   (VM paused) pages …, finish(digest)   ──►
///                                         ◄──   complete(digest)
///   release          equal digests        ──►                                   from here on the VM is the target's
///                                         ◄──   running                         end of the blackout
///   verdict(mismatching pages)            ──►
///                                         ◄──   done, then the target closes
/// ```
///
/// Everything after the greeting is a record: a 32-byte header, then its body. `cancel(text)` from the source and
/// `failed(text)` from the target end the migration at any point before `release`; so does the end of the stream.
/// Before `release` the VM is the source's whatever happens; the target then drops what it received.
package enum WireFormat {
  /// "MILLMIGR".
  package static let magic: UInt64 = 0x5247_494D_4C4C_494D
  package static let version: UInt16 = 1
  /// "MREC".
  package static let recordMagic: UInt32 = 0x4345_524D
  package static let recordHeaderLength = 32
  /// Pages in one record at most: 1 MiB of payload.
  package static let largestRun = 256
  /// Bytes in a text (refusal, cancel, failed) at most.
  package static let largestText = 512
}

/// Reads and writes little-endian integers in a fixed-size greeting.
package struct WireBytes: Sendable {
  package var bytes: [UInt8]

  package init(count: Int) { bytes = Array(repeating: 0, count: count) }
  package init(_ bytes: [UInt8]) { self.bytes = bytes }

  package mutating func put<Value: FixedWidthInteger>(_ value: Value, at offset: Int) {
    for i in 0..<(Value.bitWidth / 8) { bytes[offset + i] = UInt8(truncatingIfNeeded: value >> (8 * i)) }
  }

  package func get<Value: FixedWidthInteger>(_ offset: Int, as _: Value.Type = Value.self) -> Value {
    (0..<(Value.bitWidth / 8)).reduce(0) { $0 | Value(truncatingIfNeeded: bytes[offset + $1]) << (8 * $1) }
  }
}
