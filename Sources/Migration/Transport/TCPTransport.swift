/// One TCP stream, pages as they are.
package final class TCPTransport: MigrationTransport {
  private let connection: TCPConnection
  private let progress: MigrationProgress
  private let records: RecordReader
  private var batch = PageBatch(sequence: 0)

  /// Bytes that go out are counted in `progress`.
  package init(connection: TCPConnection, progress: MigrationProgress) {
    self.connection = connection
    self.progress = progress
    self.records = RecordReader(connection)
  }

  package var sourcePort: UInt16 { connection.localPort }

  package func greet(_ hello: Hello) throws(MigrationError) {
    try connection.send(hello.encoded)
    let fixed: [UInt8]
    do {
      fixed = try connection.receive(count: HelloAnswer.length)
    } catch {
      throw MigrationError(error.place, "\(error.fault) instead of a greeting", fix: "check that --to names a target")
    }
    let answer = try HelloAnswer.decode(fixed, from: connection.place)
    let text = try connection.receive(count: answer.textLength)
    guard answer.accepted else {
      throw MigrationError(connection.place, "the target refuses: \(ControlRecord.oneLine(text))")
    }
    progress.connected(descriptor: connection.descriptor)
  }

  package func send(
    _ pages: PageRuns, of image: MemoryImage, digests: inout PageDigests
  ) throws(MigrationError) {
    let zero = Digest.zeroPage
    for run in pages.runs {
      for page in run.first..<run.end {
        // Digested just before it is sent, so that the copy into the socket finds it in the cache.
        let digest = Digest(of: image.page(page), count: MemoryImage.pageSize)
        digests[page] = digest
        batch.add(page, of: image, isZero: digest == zero)
        if batch.isFull { try flush() }
      }
    }
    try flush()
  }

  package func send(_ record: ControlRecord) throws(MigrationError) {
    let bytes = record.encoded(sequence: batch.takeSequence())
    do {
      try connection.send(bytes)
    } catch {
      throw reasonOfTarget(or: error)
    }
    progress.sent(bytes.count, pages: 0)
  }

  package func receive() throws(MigrationError) -> ControlRecord {
    let record = try records.nextControl()
    if case .failed(let text) = record { throw gaveUp(text) }
    return record
  }

  package func close() {
    connection.awaitEnd()
    progress.disconnected()
    connection.close()
  }

  package func reset() {
    progress.disconnected()
    connection.reset()
  }

  private func flush() throws(MigrationError) {
    let pages = batch.pageCount
    do {
      progress.sent(try batch.send(over: connection), pages: pages)
    } catch {
      throw reasonOfTarget(or: error)
    }
  }

  /// A target that gives up says why before it closes; the words may lie unread behind the reset.
  private func reasonOfTarget(or error: MigrationError) -> MigrationError {
    guard case .failed(let text)? = try? records.nextControl() else { return error }
    return gaveUp(text)
  }

  private func gaveUp(_ text: String) -> MigrationError {
    MigrationError(connection.place, "the target gave up: \(text)")
  }
}
