import CXDP

/// One worker's AF_XDP socket on one (netdev, queue): its RX and TX ring. Used by that worker alone.
public struct XDPSocketState {
  public var fd: Int32
  public var receive: xsk_ring_cons
  public var transmit: xsk_ring_prod
  public var queue: UnsafeMutablePointer<DeviceQueueState>
  /// Descriptors are submitted that the kernel has not taken: the socket must be kicked (again).
  public var needsKick: Bool
}
