import CLinux
import Units

/// One numbered connection of a migration, which may be made anew when it is cut. One thread at a time.
final class Channel: @unchecked Sendable {
  let number: Int
  /// Where it may connect to, in order of preference.
  let addresses: [Endpoint]
  var connection: TCPConnection?
  var reader: RecordReader?
  /// When it may be tried again.
  var nextAttempt = Nanoseconds(0)
  private(set) var figures: ConnectionFigures

  /// Records sent so far, over all its connections.
  private(set) var sent: UInt32 = 0
  /// Records that the target had when the connection was made.
  private(set) var received: UInt32 = 0
  /// What was sent since the target last confirmed all: the pages, and the count of records after them.
  private var log: [(end: UInt32, runs: [PageRun])] = []

  init(number: Int, addresses: [Endpoint]) {
    self.number = number
    self.addresses = addresses
    figures = ConnectionFigures(path: "\(addresses[0])", sourcePort: 0, bytes: 0, connects: 0)
  }

  /// A connection stands, over which the target has received so many records so far. Returns the pages that were lost.
  func connected(_ connection: TCPConnection, to address: Endpoint, received: UInt32) -> [PageRun] {
    self.connection = connection
    figures.path = "\(address)"
    figures.sourcePort = connection.localPort
    figures.connects += 1
    self.received = received
    return lost(received: received)
  }

  /// The pages that the target does not have, which must be sent again; the count goes on from what it has.
  func lost(received: UInt32) -> [PageRun] {
    let lost = log.filter { $0.end > received }.flatMap(\.runs)
    (sent, log) = (received, [])
    return lost
  }

  /// The target has everything.
  func confirmed() { log = [] }

  /// - Parameter unsentLimit: what may wait behind it unsent, in bytes.
  func send(_ batch: PageBatch, of image: MemoryImage, unsentLimit: Int32?) throws(MigrationError) {
    guard let connection else { throw MigrationError("\(addresses[0])", "is not connected") }
    connection.limitUnsent(to: unsentLimit)
    let vectors = batch.stamped(from: sent)
    sent &+= batch.recordCount
    // First noted, then sent: what is cut on its way is lost.
    log.append((sent, batch.runs))
    try connection.send(vectors, lasting: image.bytes)
    figures.bytes += UInt64(batch.byteCount)
  }

  func send(_ record: ControlRecord) throws(MigrationError) -> Int {
    guard let connection else { throw MigrationError("\(addresses[0])", "is not connected") }
    let bytes = record.encoded(sequence: sent)
    sent &+= 1
    log.append((sent, []))
    try connection.send(bytes)
    figures.bytes += UInt64(bytes.count)
    return bytes.count
  }
}

/// The figures of one connection of a migration.
public struct ConnectionFigures: Codable, Hashable, Sendable {
  /// The target's address and port.
  public var path: String
  public var sourcePort: UInt16
  /// TCP payload sent, the greeting left out.
  public var bytes: UInt64
  /// How often it was made: more than once when it was cut.
  public var connects: Int
}
