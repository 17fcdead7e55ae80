/// Sends the target's records, numbered.
package final class RecordWriter {
  private let connection: TCPConnection
  private var sequence: UInt32 = 0

  package init(_ connection: TCPConnection) { self.connection = connection }

  package func send(_ record: ControlRecord) throws(MigrationError) {
    try connection.send(record.encoded(sequence: sequence))
    sequence &+= 1
  }
}
