import CLinux
import Glibc
import Units

/// Takes datagrams off a socket and keeps the tally of each flow.
struct NumberedReceiver {
  /// Nanoseconds; far below what the socket's buffer holds.
  private static let gathering: UInt64 = 200_000
  /// How long datagrams may still be on their way once every number, or every flow's end, has come.
  private static let afterLast = Nanoseconds(100_000_000)
  private var tallies: [FlowTally] = []
  private var ended: Set<UInt16> = []
  private var total: UInt64 = 0
  private var received: UInt64 = 0
  private var damaged: UInt64 = 0
  private var foreign: UInt64 = 0

  /// The report; nil when nothing of a run came.
  /// - Parameter socket: its calls wait at most 100 ms.
  mutating func run(_ socket: Int32, idle: Nanoseconds, patience: Nanoseconds) throws(TrafficError) -> NumberReport? {
    let batch = MessageBatch(count: 64, size: 9216)
    var first: Nanoseconds?
    var last = Pacer.now
    var silence = Silence(since: last)
    while !StopRequest.isMade {
      let count = batch.receive(from: socket)
      let fault = errno
      guard count != nil || fault == EAGAIN || fault == EINTR else { throw .refused("receiving", fault) }
      var own = 0
      for i in 0..<(count ?? 0) where add(batch[i], length: batch.receivedLength(of: i)) { own += 1 }
      let now = Pacer.now
      if own > 0 {
        silence = Silence(since: now)
        last = now
        if first == nil { first = now }
      } else {
        silence.continues(at: now)
        if silence.length > (first == nil ? patience : isComplete ? min(idle, Self.afterLast) : idle) { break }
      }
      // A receiver that waits in the call makes the sender wake it for every datagram: let some gather.
      if let count, count < batch.count { ml_sleep_ns(Self.gathering) }
    }
    guard let first else { return nil }
    return NumberReport(tallies, damaged: damaged, foreign: foreign, seconds: (last - first).seconds)
  }

  private var isComplete: Bool { received == total || ended.count == tallies.count }

  /// False when it is none of this run's.
  private mutating func add(_ bytes: UnsafeRawPointer, length: Int) -> Bool {
    guard let datagram = NumberedDatagram(reading: bytes, length: length),
      tallies.isEmpty || (datagram.total == total && Int(datagram.flows) == tallies.count)
    else {
      foreign += 1
      return false
    }
    if tallies.isEmpty {
      total = datagram.total
      tallies = (0..<Int(datagram.flows)).map {
        FlowTally(expected: NumberedDatagram.count(of: $0, flows: Int(datagram.flows), total: total))
      }
    }
    if datagram.number == NumberedDatagram.end {
      ended.insert(datagram.flow)
      return true
    }
    if !datagram.isIntact(bytes, length: length) { damaged += 1 }
    let before = tallies[Int(datagram.flow)].received
    tallies[Int(datagram.flow)].add(datagram.number)
    received += tallies[Int(datagram.flow)].received - before
    return true
  }
}

/// How long nothing came while somebody listened. A pause of the whole process, or of the machine, is not silence: then
/// nobody could have sent either.
private struct Silence {
  private static let longestStep = Nanoseconds(100_000_000)
  private(set) var length = Nanoseconds(0)
  private var last: Nanoseconds

  init(since now: Nanoseconds) { last = now }

  mutating func continues(at now: Nanoseconds) {
    length = length + min(now - last, Self.longestStep)
    last = now
  }
}
