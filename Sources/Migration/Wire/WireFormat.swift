/// The streams between source and target, version 2. Integers are little-endian.
///
/// ```
/// source                                        target
///   Hello (176 bytes), on every connection ──►
///                                         ◄──   HelloAnswer: accepted, with what it has received; or refused
///   pages, zeroPages, compressed, duplicates …, over any connection
///   roundEnd(counts)                      ──►                                   as often as there are rounds
///                                         ◄──   roundDone(counts, wanted)
///   (VM paused) pages …, finish(counts, digest) ──►
///                                         ◄──   complete(digest), or roundDone when something is missing
///   release          equal digests        ──►                                   from here on the VM is the target's
///                                         ◄──   running                         end of the blackout
///   verdict(mismatching pages)            ──►
///                                         ◄──   done
/// ```
///
/// A migration has one or more connections, numbered from 0; number 0 carries the control records. Everything after the
/// greeting is a record: a 32-byte header, then its body. Each side counts the records it sends over a connection, and
/// the count goes on when the connection is made anew: the greeting then says how many replies the source has, its
/// answer how many records the target has, and each sends again what the other lacks. Pages of one round may come in
/// any order; the answer to `roundEnd` or `finish`, which name the count of every connection, parts the rounds.
///
/// In post-copy `postCopy(pages)`, answered by `ready`, goes before `release`; `pages` and `finish` follow `running`.
/// The source asks once more when `complete` carries another digest than its own.
///
/// Before `release` the VM is the source's whatever happens; the target then drops what it received. A source that has
/// sent `release` asks until it is answered: `running`, by a target that knows nothing of the migration any more, or,
/// in post-copy, by one that has lost the VM.
package enum WireFormat {
  /// "MILLMIGR".
  package static let magic: UInt64 = 0x5247_494D_4C4C_494D
  package static let version: UInt16 = 2
  /// "MREC".
  package static let recordMagic: UInt32 = 0x4345_524D
  package static let recordHeaderLength = 32
  /// Pages in one record at most: 1 MiB of payload.
  package static let largestRun = 256
  /// Bytes in a text (refusal, cancel) at most.
  package static let largestText = 512
  /// Connections of one migration at most.
  package static let mostConnections = 64
  /// A duplicate: page u32, the page it equals u32, digest.
  package static let duplicateLength = 24
}

/// Reads and writes little-endian integers in a fixed-size greeting.
package struct WireBytes: Sendable {
  package var bytes: [UInt8]

  package init(count: Int) { bytes = Array(repeating: 0, count: count) }
  package init(_ bytes: [UInt8]) { self.bytes = bytes }

  package mutating func put<Value: FixedWidthInteger>(_ value: Value, at offset: Int) {
    for i in 0..<(Value.bitWidth / 8) { bytes[offset + i] = UInt8(truncatingIfNeeded: value >> (8 * i)) }
  }

  package mutating func append<Value: FixedWidthInteger>(_ value: Value) {
    for i in 0..<(Value.bitWidth / 8) { bytes.append(UInt8(truncatingIfNeeded: value >> (8 * i))) }
  }

  package func get<Value: FixedWidthInteger>(_ offset: Int, as _: Value.Type = Value.self) -> Value {
    (0..<(Value.bitWidth / 8)).reduce(0) { $0 | Value(truncatingIfNeeded: bytes[offset + $1]) << (8 * $1) }
  }
}
