import Dataplane
import Ports

extension PortEntry {
  /// An entry with everything it points to; `free` gives that back.
  init(
    workers: Int = 1, byteLimit: Int = 1 << 20, linkRate: LinkRate = .unlimited, vlan: VLANPolicy = .access(0),
    isUplink: Bool = false, queue: UInt16 = 0, joinsReceived: Bool = false, joinsSent: Bool = true,
    io makeIO: (_ worker: Int) -> PortIO
  ) {
    let io = UnsafeMutablePointer<PortIO>.allocate(capacity: workers)
    let outputs = UnsafeMutablePointer<OutputQueue>.allocate(capacity: workers)
    for i in 0..<workers {
      (io + i).initialize(to: makeIO(i))
      (outputs + i).initialize(to: OutputQueue())
    }
    self.init(
      io: io, outputs: outputs, byteLimit: byteLimit, counters: PortCounters(workers: workers), linkRate: linkRate,
      vlan: vlan, isUplink: isUplink, queue: queue, joinsReceived: joinsReceived, joinsSent: joinsSent)
  }

  func free(workers: Int = 1) {
    for i in 0..<workers { outputs[i].deallocate() }
    io.deallocate()
    outputs.deallocate()
    counters.deallocate()
  }
}
