import Rings
import Units
import Wire

/// Frames of 64 bytes between stations at random, the same ones for every bridge that is measured.
///
/// Station n is behind port n modulo the ports. A frame's chunk is used again only when all others were, so that its
/// bytes are no nearer to the processor than those of a frame that has just arrived.
struct Traffic {
  static let length = 64
  static let chunks = 4096

  /// UDP over IPv4, without FCS.
  static let udp: [UInt8] =
    [2, 0, 0, 0, 0, 1, 2, 0, 0, 0, 0, 2, 0x08, 0x00, 0x45, 0, 0, 50, 0, 1, 0x40, 0, 64, 17, 0, 0]
    + [10, 0, 0, 1, 10, 0, 0, 2, 0x9C, 0x40, 0x14, 0x51, 0, 30, 0xAB, 0xCD] + [UInt8](repeating: 0, count: 22)

  let ports: Int
  let addresses: Int
  private var state: UInt64 = 0x5EED
  private let base: UnsafeMutableRawPointer
  private let free: UnsafeMutablePointer<UInt64>
  private var head = 0
  private var tail = 0

  /// Takes its chunks from `pool`.
  init(pool: FramePool, ports: Int, addresses: Int) {
    self.ports = ports
    self.addresses = addresses
    base = pool.arena.base
    free = .allocate(capacity: Self.chunks)
    var taken = [UInt32](repeating: 0, count: Self.chunks)
    precondition(pool.take(Self.chunks, into: &taken) == Self.chunks)
    for chunk in taken {
      let address = FrameArena.frameAddress(chunk: chunk)
      (base + Int(address)).copyMemory(from: Self.udp, byteCount: Self.length)
      // Every DSCP; what its checksum should be nobody asks.
      (base + Int(address)).storeBytes(of: UInt8(truncatingIfNeeded: chunk) << 2, toByteOffset: 15, as: UInt8.self)
      release(address)
    }
  }

  func deallocate() { free.deallocate() }

  /// What the FDB must know before frames flow.
  static func station(_ n: Int, ports: Int) -> (address: UInt64, port: Int) {
    (0x0200_0000_0000 | UInt64(n), n % ports)
  }

  /// A frame that arrives at `port` for a station behind another one.
  mutating func next(at port: Int) -> UInt64 {
    let perPort = addresses / ports
    let source = Self.station(random(perPort) * ports + port, ports: ports)
    let destination = Self.station(random(perPort) * ports + (port + 1 + random(ports - 1)) % ports, ports: ports)
    let address = free[head & (Self.chunks - 1)]
    head &+= 1
    MACField.write(destination.address, to: base + Int(address))
    MACField.write(source.address, to: base + Int(address) + 6)
    return address
  }

  /// A frame that has left: its chunk is free again.
  mutating func release(_ address: UInt64) {
    free[tail & (Self.chunks - 1)] = address
    tail &+= 1
  }

  /// 0 to `limit` - 1.
  private mutating func random(_ limit: Int) -> Int {
    state ^= state << 13
    state ^= state >> 7
    state ^= state << 17
    return Int(((state >> 32) &* UInt64(limit)) >> 32)
  }
}
