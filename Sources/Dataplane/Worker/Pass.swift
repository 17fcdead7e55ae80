import CLinux
import Ports
import Rings

extension Worker {
  /// One pass over every port: what arrived is taken through the six stages, then every output is transmitted.
  ///
  /// - Parameters:
  ///   - table: the picture of the switch to forward by.
  ///   - now: monotonic nanoseconds.
  /// - Returns: the frames received and transmitted; 0 means there was nothing to do.
  public mutating func pass(_ table: ForwardingTable, now: UInt64) -> Int {
    pass(TableView(table), now: now)
  }

  mutating func pass(_ table: TableView, now: UInt64) -> Int {
    self.now = now
    second = UInt32(truncatingIfNeeded: now / 1_000_000_000)
    passNumber &+= 1
    nextRelease = .max
    isBlocked = false
    shareQueues()
    var work = releaseHeld(table)
    for i in 0..<table.activeCount {
      let port = table.active[i]
      let entry = table.ports + Int(port)
      let io = entry.pointee.io + index
      switch io.pointee.kind {
      case .netdev:
        for s in 0..<io.pointee.socketCount {
          let socket = io.pointee.sockets.unsafelyUnwrapped[s]
          work &+= receiveNetdev(socket)
          countEntries(table, entry)
          holdMoved(from: port, socket: s, entry)
          run(table, from: port, entry)
        }
      case .host:
        work &+= receiveHost(io, entry)
        countEntries(table, entry)
        holdMoved(from: port, socket: 0, entry)
        run(table, from: port, entry)
      case .memory:
        work &+= receiveMemory(io.pointee.memory.unsafelyUnwrapped)
        countEntries(table, entry)
        holdMoved(from: port, socket: 0, entry)
        run(table, from: port, entry)
      }
    }
    releaseWaiting(table)
    work &+= transmit(table)
    serveDeviceQueues(table)
    answerRequests(table)
    return work
  }

  /// Whoever drives a worker says when a pass that found work ended (monotonic nanoseconds), where that may matter.
  @inline(__always) public mutating func noteSlowPass(from begin: UInt64, to end: UInt64) {
    slowPasses.add(from: begin, to: end)
  }

  /// The stages between receive and transmit, for one batch from one port.
  @inline(__always) mutating func run(
    _ table: TableView, from port: UInt16, _ entry: UnsafeMutablePointer<PortEntry>
  ) {
    if count == 0 { return }
    classify(from: port, entry)
    police(from: port, entry)
    forward(table, from: port, entry)
    count = 0
  }

  /// Completions reaped and FILL rings topped up: once a pass, by whichever worker finds the ring free.
  private mutating func serveDeviceQueues(_ table: TableView) {
    for i in 0..<table.activeCount {
      let io = table.ports[Int(table.active[i])].io + index
      guard io.pointee.kind == .netdev else { continue }
      for s in 0..<io.pointee.socketCount {
        DeviceQueueState.serve(
          io.pointee.sockets.unsafelyUnwrapped[s].pointee.queue, cache: &cache, table: chunks)
      }
    }
  }
}
