import Benchmark
import CLinux
import Dataplane
import Ports
import Rings
import Units
import Wire

/// The road's parts by themselves. Each is run over many frames whose bytes lie as in `Traffic`.
enum Stages {
  /// Nanoseconds a call of `body`, which is given the number of the call.
  @inline(__always) static func time(_ count: Int = 1 << 16, _ body: (Int) -> Void) -> Double {
    let begin = ml_monotonic_ns()
    for i in 0..<count { body(i) }
    return Double(ml_monotonic_ns() - begin) / Double(count)
  }

  /// Frames of one kind, one a chunk.
  struct Frames {
    let arena: FrameArena
    let mask: Int
    let length: Int

    init(_ bytes: [UInt8], count: Int = 256) throws {
      arena = try FrameArena(size: Bytes(UInt64(count * FrameArena.chunkSize)))
      mask = count - 1
      length = bytes.count
      for i in 0..<count { pointer(i).copyMemory(from: bytes, byteCount: length) }
    }

    @inline(__always) func pointer(_ i: Int) -> UnsafeMutableRawPointer {
      arena.base + (i & mask) * FrameArena.chunkSize + FrameArena.headroom
    }

    @inline(__always) func headers(_ i: Int) -> FrameHeaders {
      FrameHeaders(parsing: pointer(i), available: length, total: length)
    }
  }

  static let tcp6: [UInt8] =
    [2, 0, 0, 0, 0, 1, 2, 0, 0, 0, 0, 2, 0x86, 0xDD, 0x60, 0, 0, 0, 0, 20, 6, 64] + [UInt8](1...32)
    + [0x9C, 0x40, 0x14, 0x51] + [UInt8](repeating: 0, count: 8) + [0x50, 0x10] + [UInt8](repeating: 0, count: 6)

  static func register() {
    for (name, bytes) in [("UDP over IPv4", Traffic.udp), ("TCP over IPv6", tcp6)] {
      stage("parse, \(name)") {
        try Frames(bytes)
      } measure: { frames in
        time { blackHole(frames.headers($0)) }
      }
      stage("Toeplitz, \(name)") {
        (try Frames(bytes), ToeplitzTable())
      } measure: { frames, table in
        let (headers, view) = (frames.headers(0), table.view)
        return time { blackHole(headers.flowHash(frames.pointer($0), view)) }
      }
    }
    stage("VLAN tag and untag") {
      try Frames(Traffic.udp)
    } measure: { frames in
      time { blackHole(VLANTag.pop(from: VLANTag.push(10, into: frames.pointer($0)))) }
    }
    stage("rings: in and out of a memory port, chunk from and to the cache") {
      FramePool(arena: try FrameArena(size: Bytes(8 << 20)))
    } measure: { pool in
      var cache = FrameCache(pool: pool)
      var rings = MemoryRings()
      defer { rings.deallocate() }
      let batch = 256
      return time(256) { _ in
        for _ in 0..<batch {
          let address = FrameArena.frameAddress(chunk: cache.take())
          _ = rings.pushReceived(.init(address: address, length: 64, firstLength: 64, segments: 1))
        }
        while let entry = rings.popReceived() { _ = rings.pushTransmitted(entry) }
        while let entry = rings.popTransmitted() { cache.give(FrameArena.chunk(of: entry.address)) }
      } / Double(batch)
    }
    for addresses in sizes {
      stage("FDB look-up, \(addresses) addresses") {
        FilledFDB(addresses)
      } measure: { filled in
        time { blackHole(filled.fdb.port(of: filled.address($0), vlan: 0)) }
      }
      stage("FDB seen again, \(addresses) addresses") {
        FilledFDB(addresses)
      } measure: { filled in
        time { filled.fdb.learn(filled.address($0), vlan: 0, port: 0, second: 1) }
      }
    }
  }

  static let sizes = [16, 256, 4096, 16_384, 131_072, 1_048_576]

  /// An FDB full to its capacity.
  final class FilledFDB {
    let fdb: FDB
    private let mask: Int

    init(_ addresses: Int) {
      fdb = FDB(addresses: addresses)
      mask = addresses - 1
      for n in 0..<addresses { fdb.learn(0x0200_0000_0000 | UInt64(n), vlan: 0, port: 0, second: 1) }
    }

    deinit { fdb.deallocate() }

    /// In an order that no prefetcher foresees.
    @inline(__always) func address(_ i: Int) -> UInt64 {
      0x0200_0000_0000 | UInt64((i &* 0x9E37_79B1) >> 7 & mask)
    }
  }
}
