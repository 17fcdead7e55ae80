import CAllocationCounter
import CMillraceABI
import Dataplane
import Ports
import Rings
import Testing
import Units

/// The frame's road takes nothing from the heap, whatever it is asked to do.
@Suite struct AllocationTests {
  @Test func theCounterCounts() {
    let before = ml_allocations_of_this_thread()
    let pointer = UnsafeMutableRawPointer.allocate(byteCount: 100, alignment: 64)
    let small = UnsafeMutableRawPointer.allocate(byteCount: 100, alignment: 8)
    let count = ml_allocations_of_this_thread() - before
    pointer.deallocate()
    small.deallocate()
    #expect(count == 2)
  }

  /// Unicast and floods, tags in frames and beside them, chains, super-frames, partial checksums, drops: round and
  /// round, a frame that leaves by a port comes in there again.
  @Test func aMillionFramesAllocateNothing() throws {
    let ports = [
      TestPort(vlan: .access(10), maximumFrame: 9014), TestPort(vlan: .trunk([10, 20], native: 1), maximumFrame: 9014),
      TestPort(vlan: .trunk([10, 20], native: 1), isUplink: true, maximumFrame: 9014),
      TestPort(vlan: .access(20), maximumFrame: 1514, guessesPartialChecksums: true),
    ]
    try withSwitch(ports, arena: .init(64 << 20)) { bench in
      let mixed = Self.mixed()
      for (port, frame, flags, gsoSize) in mixed {
        bench.inject(frame, at: port, flags: flags, gsoSize: gsoSize, part: 1999)
      }
      // Outputs back to inputs; beyond a few thousand frames at once, floods would use the arena up.
      let rings = bench.ports.map(\.rings)
      var forwarded: UInt64 = 0
      var allocations: UInt64 = 0
      while forwarded < 1_000_000 {
        let before = ml_allocations_of_this_thread()
        bench.pass()
        for port in 0..<rings.count {
          var kept = 0
          while let entry = rings[port].pointee.popTransmitted() {
            forwarded += 1
            if kept < 200 && rings[port].pointee.pushReceived(entry) {
              kept += 1
            } else {
              Self.give(entry, back: bench.pool)
            }
          }
        }
        allocations += ml_allocations_of_this_thread() - before
        let waiting = rings.contains { $0.pointee.receiveProduced != $0.pointee.receiveConsumed }
        if !waiting {
          for (port, frame, flags, gsoSize) in mixed {
            bench.inject(frame, at: port, flags: flags, gsoSize: gsoSize, part: 1999)
          }
        }
      }
      bench.run()
      #expect(allocations == 0)
      #expect(bench.count(.superFramesTransmitted, at: 1) > 0)
      #expect(bench.count(.dropOversize, at: 3) > 0)
    }
  }

  private static func mixed() -> [(port: Int, frame: [UInt8], flags: Int, gsoSize: Int)] {
    let partial = MR_META_CHECKSUM_KNOWN | MR_META_PARTIAL
    var all: [(port: Int, frame: [UInt8], flags: Int, gsoSize: Int)] = []
    for i in 0..<40 {
      let (a, b) = (station(i), station((i * 7 + 1) % 40))
      all.append((0, ethernet(to: b, from: a), 0, 0))
      all.append((1, ethernet(to: a, from: b, tci: 10), 0, 0))
      all.append((2, ethernet(to: a, from: b, tci: 20, payload: pattern(9000)), 0, 0))
      all.append((3, ethernet(to: b, from: a), 0, 0))
      all.append((0, ipFrame(to: b, from: a, .tcp, payload: pattern(8000), checksum: .partial), partial, 0))
      all.append((3, ipFrame(to: b, from: a, version: 6, .udp, payload: pattern(300), checksum: .partial), 0, 0))
      all.append(
        (0, ipFrame(to: b, from: a, .tcp, payload: pattern(20000), checksum: .partial), partial | MR_META_GSO_TCP, 1400)
      )
      all.append((2, ethernet(to: multicast, from: a), 0, 0))
      all.append((1, ethernet(to: 0x0180_C200_0000, from: a), 0, 0))
      all.append((0, Array(ethernet(to: b, from: a)[..<10]), 0, 0))
    }
    return all
  }

  private static func give(_ entry: MemoryRings.Entry, back pool: FramePool) {
    var chunk = FrameArena.chunk(of: entry.address)
    for _ in 0..<entry.segments {
      let next = pool.table.links[Int(chunk)].next
      pool.give(&chunk, count: 1)
      chunk = next
    }
  }
}
