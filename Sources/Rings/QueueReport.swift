import CLinux
import CXDP
import Glibc

/// The kernel's six counters of AF_XDP sockets (XDP_STATISTICS), summed over the sockets of a (netdev, queue).
public struct SocketStatistics: Sendable, Equatable {
  public var rxDropped: UInt64 = 0
  public var rxInvalidDescriptors: UInt64 = 0
  public var txInvalidDescriptors: UInt64 = 0
  public var rxRingFull: UInt64 = 0
  public var fillRingEmpty: UInt64 = 0
  public var txRingEmpty: UInt64 = 0

  public init() {}
}

/// Where the chunks given to a (netdev, queue) are, by the kernel's own ring indices. Exact at rest; while frames
/// flow, the parts are read one after another.
public struct QueueOccupancy: Sendable, Equatable {
  /// In FILL, not yet taken by the kernel.
  public var fill = 0
  /// Received, not yet taken by a worker.
  public var receive = 0
  /// In TX, not yet taken by the kernel.
  public var transmit = 0
  /// Taken by the kernel to transmit, not yet completed.
  public var inFlight = 0
  /// Completed, not yet reaped.
  public var completion = 0
  /// Taken from FILL, not received: kept in the kernel's free list until a later frame needs them (copy mode keeps
  /// the buffer of a frame that found its RX ring full).
  public var residue = 0
}

extension DeviceQueue {
  public func statistics() -> SocketStatistics {
    var sum = SocketStatistics()
    for worker in 0..<configuration.workers {
      var s = xdp_statistics()
      var length = socklen_t(MemoryLayout<xdp_statistics>.size)
      guard getsockopt(sockets[worker].fd, SOL_XDP, XDP_STATISTICS, &s, &length) == 0 else { continue }
      sum.rxDropped += s.rx_dropped
      sum.rxInvalidDescriptors += s.rx_invalid_descs
      sum.txInvalidDescriptors += s.tx_invalid_descs
      sum.rxRingFull += s.rx_ring_full
      // FILL belongs to the queue: every socket reports the same pool's counter.
      sum.fillRingEmpty = max(sum.fillRingEmpty, s.rx_fill_ring_empty_descs)
      sum.txRingEmpty += s.tx_ring_empty_descs
    }
    return sum
  }

  public func occupancy() -> QueueOccupancy {
    var o = QueueOccupancy()
    let fillTaken = ml_load_acquire_u32(state.pointee.fill.consumer)
    o.fill = Int(ml_load_acquire_u32(state.pointee.fill.producer) &- fillTaken)
    let completed = ml_load_acquire_u32(state.pointee.completion.producer)
    o.completion = Int(completed &- ml_load_acquire_u32(state.pointee.completion.consumer))
    var received: UInt32 = 0
    var taken: UInt32 = 0
    for worker in 0..<configuration.workers {
      let socket = sockets + worker
      let produced = ml_load_acquire_u32(socket.pointee.receive.producer)
      received &+= produced
      o.receive += Int(produced &- ml_load_acquire_u32(socket.pointee.receive.consumer))
      let sent = ml_load_acquire_u32(socket.pointee.transmit.consumer)
      taken &+= sent
      o.transmit += Int(ml_load_acquire_u32(socket.pointee.transmit.producer) &- sent)
    }
    o.inFlight = Int(Int32(bitPattern: taken &- completed))
    o.residue = Int(Int32(bitPattern: fillTaken &- received))
    return o
  }
}
