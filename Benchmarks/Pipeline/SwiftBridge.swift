import Dataplane
import Ports
import Rings
import Units

/// Millrace's own road: one worker, ports in memory.
final class SwiftBridge: Bridge {
  var traffic: Traffic
  private let pool: FramePool
  private let ports: [MemoryPort]
  private let entries: [PortEntry]
  private let fdb: FDB
  private let table: ForwardingTable
  private let worker: UnsafeMutablePointer<Worker>

  /// - Parameter plan: bandwidth management; nil: off.
  init(ports count: Int, addresses: Int, plan: BandwidthPlan? = nil) throws {
    pool = FramePool(arena: try FrameArena(size: Bytes(32 << 20)))
    traffic = Traffic(pool: pool, ports: count, addresses: addresses)
    let pool = pool
    ports = (0..<count).map { _ in MemoryPort(pool: pool) }
    entries = ports.map { port in
      let io = UnsafeMutablePointer<PortIO>.allocate(capacity: 1)
      io.initialize(to: port.io())
      let outputs = UnsafeMutablePointer<OutputQueue>.allocate(capacity: 1)
      outputs.initialize(to: OutputQueue(byteLimit: 1 << 24))
      return PortEntry(
        io: io, outputs: outputs, counters: PortCounters(workers: 1), linkRate: .unlimited, vlan: .access(0),
        isUplink: false)
    }
    fdb = FDB(addresses: addresses)
    for n in 0..<addresses {
      let (address, port) = traffic.station(n)
      fdb.learn(address, vlan: 0, port: UInt16(port), second: 0)
    }
    table = ForwardingTable(
      entries: entries.enumerated().map { (port: $0.offset, entry: $0.element) }, fdb: fdb,
      bandwidth: plan.map { BandwidthState($0, workers: 1, heldChunks: 1024) })
    worker = .allocate(capacity: 1)
    worker.initialize(to: Worker(index: 0, pool: pool))
    worker.pointee.adoptBandwidth(of: table)
  }

  deinit {
    worker.deinitialize(count: 1)
    worker.deallocate()
    for entry in entries {
      entry.outputs[0].deallocate()
      entry.io.deallocate()
      entry.outputs.deallocate()
      entry.counters.deallocate()
    }
    fdb.deallocate()
    traffic.deallocate()
  }

  func offer(_ address: UInt64, at port: Int) {
    let length = UInt32(Traffic.length)
    precondition(
      ports[port].rings.pointee.pushReceived(
        .init(address: address, length: length, firstLength: length, segments: 1)))
  }

  func pass(now: UInt64) { _ = worker.pointee.pass(table, now: now) }

  func take(_ port: Int) -> UInt64? { ports[port].rings.pointee.popTransmitted()?.address }
}
