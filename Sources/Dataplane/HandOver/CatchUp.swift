import CLinux
import Ports
import Rings

/// How far a worker is with a request to catch up: everything it had been given when it began must be received, then
/// sent, then complete.
struct CatchUp {
  enum Stage { case idle, receiving, sending, completing }

  var stage = Stage.idle
  /// The newest request begun.
  var request: UInt64 = 0
  var receivingSince: UInt64 = 0
  var sendingSince: UInt64 = 0
  var completingSince: UInt64 = 0
  /// Not everything was seen to arrive or to leave.
  var isIncomplete = false
  /// Ports send nothing new until what they have sent is complete: under load it might never be. In turns with going on,
  /// so that one that a busy host keeps from completing gets another chance.
  var pauses = true

  /// More frames than one queue of a tap holds (500, kernel: TUN_READQ_SIZE).
  static let tapQueue: UInt32 = 1000
  /// How long a port may be kept from sending more so that what it has sent completes; then it may for as long.
  static let longestPause: UInt64 = 5_000_000
  /// How long frames that were given and do not arrive are waited for; and a device that does not complete what it took.
  static let patience: UInt64 = 1_000_000_000
}

extension Worker {
  /// Works on requests to catch up; called at the end of every pass.
  @inline(__always) mutating func answerRequests(_ table: TableView) {
    guard let handOver else { return }
    if catchUp.stage == .idle && handOver.load(index, .requested) == catchUp.request { return }
    continueCatchUp(handOver, table)
  }

  @inline(never) private mutating func continueCatchUp(_ handOver: HandOverView, _ table: TableView) {
    if catchUp.stage == .idle {
      catchUp.request = handOver.load(index, .requested)
      markReceive(table)
      catchUp.receivingSince = now
      catchUp.isIncomplete = false
      catchUp.stage = .receiving
    }
    if catchUp.stage == .receiving {
      if !hasReceivedMarks(table) {
        guard now &- catchUp.receivingSince > CatchUp.patience else { return }
        forgetMissing(table)
        catchUp.isIncomplete = true
        guard hasReceivedMarks(table) else { return }
      }
      markOutputs(table)
      catchUp.sendingSince = now
      catchUp.stage = .sending
    }
    let givesUp = now &- catchUp.sendingSince > CatchUp.patience
    if catchUp.stage == .sending {
      guard hasSentMarks(table) || givesUp else { return }
      beginCompleting(table)
      catchUp.completingSince = now
      catchUp.pauses = true
      catchUp.stage = .completing
    }
    if !isComplete(table) {
      guard givesUp else { return }
      for i in 0..<table.activeCount { (table.ports[Int(table.active[i])].io + index).pointee.isCompleting = false }
      catchUp.isIncomplete = true
    }
    if catchUp.isIncomplete { handOver.store(index, .gaveUp, handOver.load(index, .gaveUp) &+ 1) }
    catchUp.stage = .idle
    handOver.answer(catchUp.request, by: index)
  }

  /// What was given to this worker and is nowhere to be seen will not come.
  private func forgetMissing(_ table: TableView) {
    for i in 0..<table.activeCount {
      let io = table.ports[Int(table.active[i])].io + index
      switch io.pointee.kind {
      case .netdev: for s in 0..<io.pointee.socketCount { io.pointee.sockets.unsafelyUnwrapped[s].forgetMissing() }
      case .host: break
      case .memory: io.pointee.memory.unsafelyUnwrapped.pointee.forgetMissing()
      }
    }
  }

  private func markReceive(_ table: TableView) {
    for i in 0..<table.activeCount {
      let io = table.ports[Int(table.active[i])].io + index
      switch io.pointee.kind {
      case .netdev:
        for s in 0..<io.pointee.socketCount { io.pointee.sockets.unsafelyUnwrapped[s].markReceive() }
      case .host:
        io.pointee.readMark = io.pointee.readFrames
        io.pointee.emptiedMark = io.pointee.emptied
      case .memory: io.pointee.memory.unsafelyUnwrapped.pointee.markReceive()
      }
    }
  }

  private func hasReceivedMarks(_ table: TableView) -> Bool {
    for i in 0..<table.activeCount {
      let io = table.ports[Int(table.active[i])].io + index
      switch io.pointee.kind {
      case .netdev:
        for s in 0..<io.pointee.socketCount {
          if !io.pointee.sockets.unsafelyUnwrapped[s].hasReceivedMarked() { return false }
        }
      case .host:
        // A tap's queue does not tell its length: it was found empty, or as many frames were read as it can hold.
        let read = io.pointee.readFrames &- io.pointee.readMark
        if io.pointee.emptied == io.pointee.emptiedMark && read < CatchUp.tapQueue { return false }
      case .memory: if !io.pointee.memory.unsafelyUnwrapped.pointee.hasReceivedMarked() { return false }
      }
    }
    return true
  }

  /// All that has not been sent yet must leave before the request is answered.
  mutating func markOutputs(_ table: TableView) {
    for i in 0..<listedCount {
      let queue = table.ports[Int(listed[i])].outputs + index
      queue.pointee.mark = queue.pointee.removed &+ UInt64(queue.pointee.count)
    }
    waiting.markAll()
  }

  private func hasSentMarks(_ table: TableView) -> Bool {
    for i in 0..<listedCount where table.isActive[Int(listed[i])] {
      let queue = table.ports[Int(listed[i])].outputs + index
      if queue.pointee.removed < queue.pointee.mark { return false }
    }
    return waiting.marked == 0
  }

  private func beginCompleting(_ table: TableView) {
    for i in 0..<table.activeCount {
      let io = table.ports[Int(table.active[i])].io + index
      io.pointee.isCompleting = true
      if io.pointee.kind == .netdev { io.pointee.transmitSocket.unsafelyUnwrapped.pointee.isTransmitMarked = false }
    }
  }

  private mutating func isComplete(_ table: TableView) -> Bool {
    catchUp.pauses = (now &- catchUp.completingSince) / CatchUp.longestPause % 2 == 0
    var complete = true
    for i in 0..<table.activeCount {
      let io = table.ports[Int(table.active[i])].io + index
      // What a port sends once it was complete is not waited for.
      if io.pointee.isCompleting { io.pointee.isCompleting = !isComplete(io) }
      if io.pointee.isCompleting { complete = false }
    }
    return complete
  }

  /// Whether everything this worker sent over the port has reached its receiver, or the wire.
  ///
  /// The worker itself must see it: a receiver without NAPI queues on the CPU that transmits, and when this thread runs
  /// there, that queue has been worked off.
  private func isComplete(_ io: UnsafeMutablePointer<PortIO>) -> Bool {
    switch io.pointee.kind {
    case .netdev:
      let socket = io.pointee.transmitSocket.unsafelyUnwrapped
      if socket.pointee.hasSent {
        if kick(socket) {
          socket.markTransmit()
          guard socket.hasLeft() else { return false }
          socket.pointee.hasSent = false
        } else if !socket.pointee.isDown {
          // From a device that is down nothing leaves that could be overtaken.
          return false
        }
      }
      if io.pointee.packetHasSent {
        guard ml_socket_unsent(io.pointee.packetSocket) <= 0 else { return false }
        io.pointee.packetHasSent = false
      }
      return true
    case .host: return true
    case .memory: return io.pointee.memory.unsafelyUnwrapped.pointee.hasLeft()
    }
  }
}
