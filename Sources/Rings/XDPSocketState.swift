import CXDP
import Glibc

/// One worker's AF_XDP socket on one (netdev, queue): its RX and TX ring. Used by that worker alone.
public struct XDPSocketState {
  public var fd: Int32
  public var receive: xsk_ring_cons
  public var transmit: xsk_ring_prod
  public var queue: UnsafeMutablePointer<DeviceQueueState>
  /// Descriptors are submitted that the kernel has not taken: the socket must be kicked (again).
  public var needsKick: Bool
  /// The device is down, or has taken nothing for so long that nothing needs to wait for it.
  public private(set) var isDown = false
  /// Since when the kernel takes nothing, when it was asked; 0: it did.
  public private(set) var refusesSince: UInt64 = 0
  /// When the kernel last took nothing.
  private var askedAt: UInt64 = 0
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

  /// Longer than any pause of a link that works: a device without carrier, or whose reader is gone, may take nothing for ever.
  private static var patience: UInt64 { 100_000_000 }

  /// A device that is down is asked once a millisecond at most whether it is up again; by an idle worker each time it wakes.
  public func mayBeAsked(at now: UInt64) -> Bool { !isDown || now &- askedAt >= 1_000_000 }

  /// The kernel has taken something.
  public mutating func took() { (isDown, refusesSince) = (false, 0) }

  /// The kernel has taken nothing, asked at `now` (monotonic nanoseconds), for this reason; 0: none.
  public mutating func refused(_ error: Int32, at now: UInt64) {
    if refusesSince == 0 { refusesSince = now }
    askedAt = now
    isDown = error == ENETDOWN || error == ENXIO || now &- refusesSince > Self.patience
  }
}
