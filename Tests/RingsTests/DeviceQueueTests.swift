import CLinux
import CXDP
import Glibc
import Rings
import Testing
import Units

/// AF_XDP sockets of a real kernel, on a veth in a network of the test's own.
@Suite(.enabled(if: geteuid() == 0, "needs root")) struct DeviceQueueTests {
  private static func configuration(workers: Int, limit: UInt32 = 1024) -> DeviceQueue.Configuration {
    .init(
      netdev: "left", interfaceIndex: if_nametoindex("left"), queue: 0, workers: workers, forceCopy: true,
      outstandingLimit: limit, owner: 7)
  }

  private static func chunks(_ o: QueueOccupancy) -> Int {
    o.fill + o.receive + o.transmit + o.inFlight + o.completion + o.residue
  }

  @Test(arguments: [1, 3]) func anOpenedQueueHoldsItsFillTargetAndAClosedOneNothing(workers: Int) throws {
    try withPrivateVeth {
      let pool = FramePool(arena: try FrameArena(size: Bytes(8 << 20)))
      let queue = try DeviceQueue(Self.configuration(workers: workers), pool: pool)
      #expect(queue.occupancy().fill == 512)
      #expect(pool.freeCount + Self.chunks(queue.occupancy()) == pool.arena.chunkCount)
      #expect(Set((0..<workers).map { queue.sockets[$0].fd }).count == workers)
      #expect(queue.statistics() == SocketStatistics())
      queue.close()
      #expect(pool.freeCount == pool.arena.chunkCount)
    }
  }

  @Test func aQueueCanBeOpenedAgainAtOnce() throws {
    try withPrivateVeth {
      let pool = FramePool(arena: try FrameArena(size: Bytes(8 << 20)))
      for _ in 0..<5 {
        let queue = try DeviceQueue(Self.configuration(workers: 2), pool: pool)
        queue.close()
      }
      #expect(pool.freeCount == pool.arena.chunkCount)
    }
  }

  @Test func whatWasTransmittedComesBack() throws {
    try withPrivateVeth {
      let pool = FramePool(arena: try FrameArena(size: Bytes(8 << 20)))
      let queue = try DeviceQueue(Self.configuration(workers: 2), pool: pool)
      var cache = FrameCache(pool: pool)
      let sent = 500
      for worker in 0..<2 { Self.transmit(sent, on: queue.sockets + worker, from: &cache, pool) }
      // The veth frees a frame once its other end took it, from softirq.
      var looks = 0
      while queue.occupancy().transmit + queue.occupancy().inFlight > 0 && looks < 2000 {
        for worker in 0..<2 { sendto(queue.sockets[worker].fd, nil, 0, Int32(MSG_DONTWAIT), nil, 0) }
        DeviceQueueState.serve(queue.state, cache: &cache, table: pool.table)
        usleep(1000)
        looks += 1
      }
      DeviceQueueState.serve(queue.state, cache: &cache, table: pool.table)
      let occupancy = queue.occupancy()
      #expect(occupancy.transmit == 0 && occupancy.inFlight == 0 && occupancy.completion == 0)
      #expect(pool.freeCount + cache.count + Self.chunks(occupancy) == pool.arena.chunkCount)
      #expect((0..<pool.table.count).count { pool.table.owners[$0] == 7 } == occupancy.fill)
      #expect(queue.statistics().txInvalidDescriptors == 0)
      queue.close()
      #expect(pool.freeCount + cache.count == pool.arena.chunkCount)
    }
  }

  @Test func framesNotYetSentComeBackWhenTheQueueIsClosed() throws {
    try withPrivateVeth {
      let pool = FramePool(arena: try FrameArena(size: Bytes(8 << 20)))
      let queue = try DeviceQueue(Self.configuration(workers: 1), pool: pool)
      var cache = FrameCache(pool: pool)
      Self.transmit(100, on: queue.sockets, from: &cache, pool)
      queue.close()
      #expect(pool.freeCount + cache.count == pool.arena.chunkCount)
    }
  }

  @Test func theFillRingIsToppedUpToTheNewShare() throws {
    try withPrivateVeth {
      let pool = FramePool(arena: try FrameArena(size: Bytes(8 << 20)))
      let queue = try DeviceQueue(Self.configuration(workers: 1, limit: 1500), pool: pool)
      var cache = FrameCache(pool: pool)
      #expect(queue.occupancy().fill == 750)
      queue.share(outstandingLimit: 2000)
      for _ in 0..<20 { DeviceQueueState.serve(queue.state, cache: &cache, table: pool.table) }
      #expect(queue.occupancy().fill == 1000)
      queue.close()
      #expect(pool.freeCount + cache.count == pool.arena.chunkCount)
    }
  }

  @Test func aDeviceThatIsNotThereIsRefusedWithItsName() throws {
    let pool = FramePool(arena: try FrameArena(size: Bytes(8 << 20)))
    var configuration = Self.configuration(workers: 1)
    (configuration.netdev, configuration.interfaceIndex) = ("gone0", 999_999)
    #expect {
      _ = try DeviceQueue(configuration, pool: pool)
    } throws: { error in
      "\(error)"
        == "gone0: binding to queue 0: No such device; the driver must support AF_XDP, the kernel be 6.6 or newer"
    }
    #expect(pool.freeCount == pool.arena.chunkCount)
  }

  /// Submits `count` frames of 60 bytes, and does not kick.
  private static func transmit(
    _ count: Int, on socket: UnsafeMutablePointer<XDPSocketState>, from cache: inout FrameCache, _ pool: FramePool
  ) {
    var slot: UInt32 = 0
    #expect(xsk_ring_prod__reserve(&socket.pointee.transmit, UInt32(count), &slot) == count)
    for i in 0..<count {
      let chunk = cache.take()
      pool.table.owners[Int(chunk)] = 7
      let address = FrameArena.frameAddress(chunk: chunk)
      (pool.arena.base + Int(address)).initializeMemory(as: UInt8.self, repeating: 0xFF, count: 60)
      xsk_ring_prod__tx_desc(&socket.pointee.transmit, slot + UInt32(i)).pointee = xdp_desc(
        addr: address, len: 60, options: 0)
    }
    xsk_ring_prod__submit(&socket.pointee.transmit, UInt32(count))
  }
}
