import CXDP

/// One worker's AF_XDP socket on one (netdev, queue): its RX and TX ring. Used by that worker alone.
public struct XDPSocketState {
  public var fd: Int32
  public var receive: xsk_ring_cons
  public var transmit: xsk_ring_prod
  public var queue: UnsafeMutablePointer<DeviceQueueState>
  /// Descriptors are submitted that the kernel has not taken: the socket must be kicked (again).
  public var needsKick: Bool
  /// The device was down when the kernel was last asked to send.
  public var isDown = false
  /// How often in a row the kernel may be asked again although nothing seems to have left: below 6.17 it sends 32 frames a
  /// call and does not always tell.
  public var blindCalls = 0
  /// Something was submitted since all that was submitted had left.
  public var hasSent = false
  public var progress = ReceiveProgress()
  /// Where the XDP program counts the frames it gave this socket, dropped ones included; nil when it numbers none.
  public var given: UnsafePointer<UInt64>?
  /// Zero-copy: completions of the device queue that tell that all submitted before has left.
  public var completionMark: UInt32 = 0
  public var isTransmitMarked = false

  public init(fd: Int32, receive: xsk_ring_cons, transmit: xsk_ring_prod, queue: UnsafeMutablePointer<DeviceQueueState>)
  {
    (self.fd, self.receive, self.transmit, self.queue) = (fd, receive, transmit, queue)
    needsKick = false
  }
}
