import CLinux
import Glibc

/// Reads records from a connection: pages straight into the image, everything else to the caller.
///
/// Behind the rest of a large page record it reads only the next header ahead; behind a small one up to 64 KiB, so
/// scattered pages do not cost two system calls each.
package final class RecordReader {
  private static let stagingCapacity = 64 << 10
  /// What is read at once: TCP's window opens again after each read, and what was read is still in the CPU's cache.
  private static let longestRead = 256 << 10

  private let connection: TCPConnection
  private let staging: UnsafeMutableRawPointer
  private var stagedStart = 0
  private var stagedEnd = 0
  /// The number of the next record.
  package private(set) var sequence: UInt32

  /// `sequence`: the number of the first record.
  package init(_ connection: TCPConnection, sequence: UInt32) {
    self.connection = connection
    self.sequence = sequence
    staging = .allocate(byteCount: Self.stagingCapacity, alignment: 64)
  }

  deinit { staging.deallocate() }

  /// The next record's header. Throws when the stream is cut or no longer makes sense.
  package func nextHeader() throws(MigrationError) -> RecordHeader {
    try stage(WireFormat.recordHeaderLength)
    guard let header = RecordHeader(reading: staging + stagedStart, expected: sequence) else {
      throw .corrupt(connection.place, "no header at record \(sequence)")
    }
    stagedStart += WireFormat.recordHeaderLength
    sequence &+= 1
    return header
  }

  /// The next record, which must not carry pages.
  package func nextControl() throws(MigrationError) -> ControlRecord { try control(nextHeader()) }

  /// The body of a record that carries no pages.
  package func control(_ header: RecordHeader) throws(MigrationError) -> ControlRecord {
    // The header is checked: the length is within bounds.
    var body = [UInt8](repeating: 0, count: Int(min(header.bodyLength, ControlRecord.largestBody)))
    let count = body.count
    let read: Result<Void, MigrationError> = body.withUnsafeMutableBytes { bytes in
      Result { () throws(MigrationError) in
        if let base = bytes.baseAddress { try readBody(into: base, count: count) { _ in } }
      }
    }
    try read.get()
    guard let record = ControlRecord(header, body: body) else {
      throw .corrupt(connection.place, "not a record that belongs here")
    }
    return record
  }

  /// Reads `count` bytes into `target`, and calls `arrived` with how many are there in all each time more are.
  package func readBody(
    into target: UnsafeMutableRawPointer, count: Int, arrived: (Int) -> Void
  ) throws(MigrationError) {
    var filled = min(count, stagedEnd - stagedStart)
    target.copyMemory(from: staging + stagedStart, byteCount: filled)
    stagedStart += filled
    if filled > 0 { arrived(filled) }
    let ahead = count >= 2 * Self.stagingCapacity ? WireFormat.recordHeaderLength : Self.stagingCapacity
    while filled < count {
      // Nothing is staged any more: the read may begin a new stretch.
      let length = min(count - filled, Self.longestRead)
      let isEnd = filled + length == count
      let got = try receive(
        iovec(iov_base: target + filled, iov_len: length), iovec(iov_base: staging, iov_len: isEnd ? ahead : 0))
      let body = min(got, count - filled)
      (stagedStart, stagedEnd) = (0, got - body)
      filled += body
      arrived(filled)
    }
  }

  /// Makes at least `count` bytes lie in the staging area, together.
  private func stage(_ count: Int) throws(MigrationError) {
    if stagedEnd - stagedStart >= count { return }
    memmove(staging, staging + stagedStart, stagedEnd - stagedStart)
    (stagedStart, stagedEnd) = (0, stagedEnd - stagedStart)
    while stagedEnd < count {
      stagedEnd += try receive(
        iovec(iov_base: staging + stagedEnd, iov_len: count - stagedEnd), iovec(iov_base: nil, iov_len: 0))
    }
  }

  private func receive(_ first: iovec, _ second: iovec) throws(MigrationError) -> Int {
    var vectors = (first, second)
    let result: Result<Int, MigrationError> = withUnsafeMutablePointer(to: &vectors) { pointer in
      pointer.withMemoryRebound(to: iovec.self, capacity: 2) { first in
        Result { () throws(MigrationError) in
          try connection.receive(UnsafeMutableBufferPointer(start: first, count: 2))
        }
      }
    }
    return try result.get()
  }
}
