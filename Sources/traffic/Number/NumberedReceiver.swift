import CLinux
import Glibc
import Units

/// Takes datagrams off a socket and keeps the tally of each flow.
struct NumberedReceiver {
  /// Nanoseconds; far below what the socket's buffer holds.
  private static let gathering: UInt64 = 200_000
  /// How long a second copy may still be on its way once every number has come.
  private static let afterLast = Nanoseconds(100_000_000)
  private var tallies: [FlowTally] = []
  private var total: UInt64 = 0
  private var received: UInt64 = 0
  private var damaged: UInt64 = 0
  private var foreign: UInt64 = 0

  /// The report; nil when nothing of a run came.
  mutating func run(_ socket: Int32, idle: Nanoseconds, patience: Nanoseconds) throws(TrafficError) -> NumberReport? {
    let batch = MessageBatch(count: 64, size: 9216)
    let start = Pacer.now
    var first: Nanoseconds?
    var last = start
    while !StopRequest.isMade {
      // Foreign datagrams do not count as life: they cannot keep a finished run open.
      let silence = first == nil ? patience : received == total ? min(idle, Self.afterLast) : idle
      if Pacer.now - last > silence { break }
      guard let count = batch.receive(from: socket) else {
        let fault = errno
        guard fault == EAGAIN || fault == EINTR else { throw .refused("receiving", fault) }
        continue
      }
      let foreignBefore = foreign
      for i in 0..<count { add(batch[i], length: batch.receivedLength(of: i)) }
      if foreign - foreignBefore < UInt64(count) { last = Pacer.now }
      if first == nil && !tallies.isEmpty { first = last }
      // A receiver that waits in the call makes the sender wake it for every datagram: let some gather.
      if count < batch.count { ml_sleep_ns(Self.gathering) }
    }
    guard let first else { return nil }
    return NumberReport(tallies, damaged: damaged, foreign: foreign, seconds: (last - first).seconds)
  }

  private mutating func add(_ bytes: UnsafeRawPointer, length: Int) {
    guard let datagram = NumberedDatagram(reading: bytes, length: length) else {
      foreign += 1
      return
    }
    if tallies.isEmpty {
      total = datagram.total
      tallies = (0..<Int(datagram.flows)).map {
        FlowTally(expected: NumberedDatagram.count(of: $0, flows: Int(datagram.flows), total: total))
      }
    }
    guard datagram.total == total, Int(datagram.flows) == tallies.count else {
      foreign += 1
      return
    }
    if !datagram.isIntact(bytes, length: length) { damaged += 1 }
    let before = tallies[Int(datagram.flow)].received
    tallies[Int(datagram.flow)].add(datagram.number)
    received += tallies[Int(datagram.flow)].received - before
  }
}
