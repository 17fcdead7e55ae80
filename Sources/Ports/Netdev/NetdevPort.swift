import CLinux
import Glibc
import Rings
import Units

/// A network device as a port: a `DeviceQueue` for each of its queues, and a packet socket for each worker, which
/// carries super-frames and holds the device in promiscuous mode.
///
/// The XDP program must be attached before the port is made, and its XSKMAP filled from `queues` after; at the end it
/// must be detached before `close()`.
public final class NetdevPort: @unchecked Sendable {
  public let facts: NetdevFacts
  public let queues: [DeviceQueue]
  /// Index: worker.
  public let io: [PortIO]
  /// Whether super-frames that the device takes go out through a packet socket. Not beside a zero-copy ring, which
  /// empties in its own time: frames of the two would overtake each other.
  public let takesSuperFrames: Bool
  /// The numbers of this port's queues in `ChunkTable.owners`.
  public let owners: Range<Int>
  private let packetSockets: [Int32]
  private let pointers: [UnsafeMutablePointer<UnsafeMutablePointer<XDPSocketState>>]

  public struct Options: Sendable {
    /// Of each worker.
    public var cpus: [Int]
    public var mode: SocketMode
    public var outstandingLimit: UInt32
    /// The first of the numbers for this port's queues in `ChunkTable.owners`.
    public var firstOwner: UInt16

    public init(
      cpus: [Int], mode: SocketMode, outstandingLimit: UInt32, firstOwner: UInt16
    ) {
      self.cpus = cpus
      self.mode = mode
      self.outstandingLimit = outstandingLimit
      self.firstOwner = firstOwner
    }
  }

  /// Sets a device up. Some drivers know only then how many queues they have: before its facts are asked for.
  public static func setUp(_ name: String) throws(PortError) {
    let result = ml_netdev_set_up(name)
    guard result == 0 else { throw PortError(name, "setting the device up", code: -result, fix: "run as root") }
  }

  /// Opens every socket of a device that is up. Throws `RingError` or `PortError`; nothing is left open then.
  public init(_ facts: NetdevFacts, pool: FramePool, _ options: Options) throws {
    self.facts = facts
    owners = Int(options.firstOwner)..<Int(options.firstOwner) + facts.receiveQueues
    let workers = options.cpus.count
    queues = try (0..<facts.receiveQueues).map { queue in
      try DeviceQueue(
        .init(
          netdev: facts.name, interfaceIndex: facts.index, queue: UInt32(queue), workers: workers,
          forceCopy: options.mode.forceCopy, multiBuffer: options.mode.multiBuffer,
          zeroCopyChecksum: facts.driverFeatures?.zeroCopyChecksum ?? false,
          outstandingLimit: options.outstandingLimit,
          owner: options.firstOwner + UInt16(queue)),
        pool: pool)
    }
    var sockets: [Int32] = []
    for worker in 0..<workers {
      let fd = ml_packet_socket(facts.index, 1, worker == 0 ? 1 : 0)
      guard fd >= 0 else {
        for fd in sockets { Glibc.close(fd) }
        throw PortError(facts.name, "opening a packet socket", code: -fd, fix: "run as root")
      }
      sockets.append(fd)
    }
    packetSockets = sockets
    takesSuperFrames = !queues.contains { $0.isZeroCopy }
    let transmitQueues = min(queues.count, facts.transmitQueues)
    // A packet socket sends by its CPU's queue (kernel: packet_pick_tx_queue): by the same one, frames of the two roads
    // keep their order. Else one road waits for the other.
    let sharesQueues =
      takesSuperFrames && !facts.superFrameKinds.isEmpty && transmitQueues == facts.transmitQueues
    let roadsWait = takesSuperFrames && facts.transmitQueues > 1 && !sharesQueues
    var io: [PortIO] = []
    var pointers: [UnsafeMutablePointer<UnsafeMutablePointer<XDPSocketState>>] = []
    for worker in 0..<workers {
      let list = UnsafeMutablePointer<UnsafeMutablePointer<XDPSocketState>>.allocate(capacity: queues.count)
      for (i, queue) in queues.enumerated() { (list + i).initialize(to: queue.sockets + worker) }
      pointers.append(list)
      var one = PortIO(kind: .netdev)
      one.sockets = list
      one.socketCount = queues.count
      one.transmitSocket = list[(sharesQueues ? options.cpus[worker] : worker) % transmitQueues]
      one.packetSocket = sockets[worker]
      one.roadsWait = roadsWait
      one.superFrames = takesSuperFrames ? facts.superFrameKinds.rawValue : 0
      one.maximumFrame = UInt32(facts.mtu + 14)
      one.guessesPartialChecksums = facts.isVirtual
      io.append(one)
    }
    self.io = io
    self.pointers = pointers
  }

  /// Closes every socket and takes the kernel's chunks back; no worker may use the port any more.
  public func close() {
    for queue in queues { queue.close() }
    for fd in packetSockets { Glibc.close(fd) }
    for list in pointers { list.deallocate() }
  }
}
