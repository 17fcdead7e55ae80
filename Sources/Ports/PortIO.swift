import CLinux
import Rings

/// The kinds of port, as the frame's road tells them apart.
public enum PortKind: UInt8, Sendable {
  /// A network device (NIC, veth, tap) over AF_XDP.
  case netdev
  /// The host's own vNIC: a tap device that the switch holds.
  case host
  /// Frames in memory, for tests and benchmarks.
  case memory
}

/// How one worker receives from and transmits to one port. Trivial: the road copies and reads it without counting
/// references; the port object that made it keeps what it points to alive.
public struct PortIO {
  public var kind: PortKind
  /// netdev: this worker's socket on each device queue it receives from.
  public var sockets: UnsafeMutablePointer<UnsafeMutablePointer<XDPSocketState>>?
  public var socketCount = 0
  /// netdev: the socket, among `sockets`, this worker transmits on. Always the same, so that order is kept.
  public var transmitSocket: UnsafeMutablePointer<XDPSocketState>?
  /// netdev: a packet socket with vnet headers, for super-frames.
  public var packetSocket: Int32 = -1
  /// The super-frames the device takes whole (`SuperFrameKinds`); the others are cut into their segments. Control
  /// changes it while workers run.
  public var superFrames: UInt32 = 0
  /// netdev: super-frames were sent since all that were sent had left.
  public var packetHasSent = false
  /// netdev: ordinary frames take another of the device's queues than super-frames, so that they wait until those have left.
  public var roadsWait = false
  /// host: this worker's queue of the tap device.
  public var tap: Int32 = -1
  /// host: frames read, how often the queue was found empty, and both at a moment of which the worker has to tell when
  /// it has caught up; they wrap.
  public var readFrames: UInt32 = 0
  public var emptied: UInt32 = 0
  public var readMark: UInt32 = 0
  public var emptiedMark: UInt32 = 0
  /// The worker waits until what it has transmitted has left.
  public var isCompleting = false
  /// memory: the port's rings.
  public var memory: UnsafeMutablePointer<MemoryRings>?
  /// The longest frame the device takes, VLAN tag aside: its MTU and the Ethernet header. Control changes it while
  /// workers run.
  public var maximumFrame: UInt32 = 1514
  /// veth and tap senders leave checksums partial without saying so where the kernel cannot be asked; a NIC never does.
  public var guessesPartialChecksums = false

  public init(kind: PortKind) { self.kind = kind }
}

extension UnsafeMutablePointer<PortIO> {
  /// Whether the device takes such super-frames whole.
  @inline(__always) public func takesSuperFrames(isTCP: Bool, isIPv6: Bool) -> Bool {
    let kind: SuperFrameKinds = isTCP ? (isIPv6 ? .tcp6 : .tcp4) : .udp
    return SuperFrameKinds(rawValue: ml_load_relaxed_u32(superFramesWord)).contains(kind)
  }

  /// Makes all workers pass such super-frames on whole from now on, and no others.
  public func setSuperFrames(_ kinds: SuperFrameKinds) { ml_store_relaxed_u32(superFramesWord, kinds.rawValue) }

  /// Whether the device takes a frame of so many bytes, VLAN tag aside.
  @inline(__always) public func takes(length: UInt32) -> Bool { length <= ml_load_relaxed_u32(maximumFrameWord) }

  public func setMaximumFrame(_ length: UInt32) { ml_store_relaxed_u32(maximumFrameWord, length) }

  // SAFETY (both): a stored property of a struct lies at the same offset in every one; the word is only read and written
  // atomically once workers use it.
  @inline(__always) private var superFramesWord: UnsafeMutablePointer<UInt32> {
    (UnsafeMutableRawPointer(self) + MemoryLayout<PortIO>.offset(of: \.superFrames)!)
      .assumingMemoryBound(to: UInt32.self)
  }

  @inline(__always) private var maximumFrameWord: UnsafeMutablePointer<UInt32> {
    (UnsafeMutableRawPointer(self) + MemoryLayout<PortIO>.offset(of: \.maximumFrame)!)
      .assumingMemoryBound(to: UInt32.self)
  }
}
