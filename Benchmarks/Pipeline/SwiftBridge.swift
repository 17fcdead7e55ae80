import Dataplane
import Ports
import Rings
import Units

/// Millrace's own road: ports in memory, and workers that share them.
final class SwiftSwitch {
  fileprivate let pool: FramePool
  fileprivate let table: ForwardingTable
  fileprivate let ports: Int
  fileprivate let addresses: Int
  /// Index: port, worker.
  fileprivate let memory: [[MemoryPort]]
  private let entries: [PortEntry]
  private let fdb: FDB

  /// - Parameter plan: bandwidth management; nil: off.
  init(ports: Int, addresses: Int, plan: BandwidthPlan? = nil, workers: Int = 1) throws {
    pool = FramePool(arena: try FrameArena(size: Bytes(32 << 20)))
    (self.ports, self.addresses) = (ports, addresses)
    let pool = pool
    memory = (0..<ports).map { _ in (0..<workers).map { _ in MemoryPort(pool: pool) } }
    entries = memory.map { port in
      let io = UnsafeMutablePointer<PortIO>.allocate(capacity: workers)
      let outputs = UnsafeMutablePointer<OutputQueue>.allocate(capacity: workers)
      for worker in 0..<workers {
        (io + worker).initialize(to: port[worker].io())
        (outputs + worker).initialize(to: OutputQueue())
      }
      return PortEntry(
        io: io, outputs: outputs, byteLimit: 1 << 24, counters: PortCounters(workers: workers), linkRate: .unlimited,
        vlan: .access(0), isUplink: false)
    }
    fdb = FDB(addresses: addresses)
    for n in 0..<addresses {
      let (address, port) = Traffic.station(n, ports: ports)
      fdb.learn(address, vlan: 0, port: UInt16(port), second: 0)
    }
    table = ForwardingTable(
      entries: entries.enumerated().map { (port: $0.offset, entry: $0.element) }, fdb: fdb,
      bandwidth: plan.map { BandwidthState($0, workers: workers, heldChunks: 1024) })
  }

  deinit {
    for (entry, port) in zip(entries, memory) {
      for worker in port.indices { entry.outputs[worker].deallocate() }
      entry.io.deallocate()
      entry.outputs.deallocate()
      entry.counters.deallocate()
    }
    fdb.deallocate()
  }
}

/// One worker of a switch.
final class SwiftBridge: Bridge {
  var traffic: Traffic
  private let bench: SwiftSwitch
  private let ports: [MemoryPort]
  private let worker: UnsafeMutablePointer<Worker>

  init(_ bench: SwiftSwitch, worker index: Int = 0) {
    self.bench = bench
    traffic = Traffic(pool: bench.pool, ports: bench.ports, addresses: bench.addresses)
    ports = bench.memory.map { $0[index] }
    worker = .allocate(capacity: 1)
    worker.initialize(to: Worker(index: index, pool: bench.pool))
    worker.pointee.adopt(bench.table, after: nil)
  }

  /// The only worker of a switch of its own.
  convenience init(ports: Int, addresses: Int, plan: BandwidthPlan? = nil) throws {
    self.init(try SwiftSwitch(ports: ports, addresses: addresses, plan: plan))
  }

  deinit {
    worker.deinitialize(count: 1)
    worker.deallocate()
    traffic.deallocate()
  }

  func offer(_ address: UInt64, at port: Int) {
    let length = UInt32(Traffic.length)
    precondition(
      ports[port].rings.pointee.pushReceived(
        .init(address: address, length: length, firstLength: length, segments: 1)))
  }

  func pass(now: UInt64) { _ = worker.pointee.pass(bench.table, now: now) }

  func take(_ port: Int) -> UInt64? { ports[port].rings.pointee.popTransmitted()?.address }
}
