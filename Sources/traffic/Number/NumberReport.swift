/// What `traffic number receive` prints.
struct NumberReport: Encodable {
  struct Flow: Encodable {
    var flow: Int
    var received: UInt64
    var lost: UInt64
    var outOfOrder: UInt64
    var duplicates: UInt64
  }

  var flows: Int
  var expected: UInt64
  var received: UInt64
  var lost: UInt64
  /// Datagrams that came after a higher number of their flow.
  var outOfOrder: UInt64
  var duplicates: UInt64
  /// Datagrams whose payload was not what was sent.
  var damaged: UInt64
  /// Datagrams to the port that are not of this run.
  var foreign: UInt64
  /// From the first to the last datagram.
  var seconds: Double
  var perFlow: [Flow]

  init(_ tallies: [FlowTally], damaged: UInt64, foreign: UInt64, seconds: Double) {
    flows = tallies.count
    expected = tallies.reduce(0) { $0 + $1.expected }
    received = tallies.reduce(0) { $0 + $1.received }
    lost = tallies.reduce(0) { $0 + $1.lost }
    outOfOrder = tallies.reduce(0) { $0 + $1.outOfOrder }
    duplicates = tallies.reduce(0) { $0 + $1.duplicates }
    (self.damaged, self.foreign, self.seconds) = (damaged, foreign, seconds)
    perFlow = tallies.enumerated().map {
      Flow(
        flow: $0, received: $1.received, lost: $1.lost, outOfOrder: $1.outOfOrder, duplicates: $1.duplicates)
    }
  }
}
