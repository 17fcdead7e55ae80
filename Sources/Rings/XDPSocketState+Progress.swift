import CLinux
import CXDP
import Glibc

/// Whether a worker has caught up with a socket: everything that was in its RX ring at one moment is taken, everything
/// it submitted has left. Asked by the socket's worker alone, and only when somebody waits for it.
extension UnsafeMutablePointer<XDPSocketState> {
  /// Takes down what the kernel has put, and may be about to put, into RX.
  public func markReceive() {
    pointee.progress.mark(producer: ml_load_acquire_u32(pointee.receive.producer), given: framesGiven)
  }

  /// Whether all that was marked is taken.
  public func hasReceivedMarked() -> Bool {
    guard pointee.progress.hasTakenMarked(consumer: pointee.receive.cached_cons) else { return false }
    if pointee.given == nil || pointee.progress.hasReachedMarkedNumber { return true }
    guard ml_load_acquire_u32(pointee.receive.producer) == pointee.receive.cached_cons, let drops = receiveDrops()
    else { return false }
    return pointee.progress.isEverythingKnown(drops: drops, given: framesGiven)
  }

  /// What was marked, is not in the ring and was not dropped will not come: it counts as taken from now on.
  public func forgetMissing() {
    guard pointee.given != nil, pointee.progress.hasTakenMarked(consumer: pointee.receive.cached_cons),
      let drops = receiveDrops()
    else { return }
    pointee.progress.forgetMissing(drops: drops, given: framesGiven)
  }

  /// What the XDP program has given the socket; 0 when it does not count.
  private var framesGiven: UInt32 { pointee.given.map { UInt32(truncatingIfNeeded: ml_load_acquire_u64($0)) } ?? 0 }

  /// Frames the kernel dropped that the program had given to this socket; wraps. Nil when the kernel does not say.
  private func receiveDrops() -> UInt32? {
    var statistics = xdp_statistics()
    var length = socklen_t(MemoryLayout<xdp_statistics>.size)
    guard getsockopt(pointee.fd, SOL_XDP, XDP_STATISTICS, &statistics, &length) == 0 else { return nil }
    return UInt32(truncatingIfNeeded: statistics.rx_dropped &+ statistics.rx_ring_full)
  }

  /// Zero-copy: takes down which completions tell that all the kernel has taken so far has left, unless that was done.
  public func markTransmit() {
    let queue = pointee.queue
    guard queue.pointee.isZeroCopy, !pointee.isTransmitMarked, let sockets = queue.pointee.sockets else { return }
    pointee.isTransmitMarked = true
    var taken: UInt32 = 0
    for i in 0..<queue.pointee.socketCount { taken &+= ml_load_acquire_u32(sockets[i].transmit.consumer) }
    pointee.completionMark = taken
  }

  /// Whether all that was submitted, and taken by the kernel, has left: in copy mode no buffer of the socket exists any
  /// more; a zero-copy device completes in order.
  public func hasLeft() -> Bool {
    guard pointee.queue.pointee.isZeroCopy else { return ml_socket_unsent(pointee.fd) <= 0 }
    let completed = ml_load_acquire_u32(pointee.queue.pointee.completion.producer)
    return Int32(bitPattern: completed &- pointee.completionMark) >= 0
  }
}
