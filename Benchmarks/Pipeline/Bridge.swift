import CBridge
import CLinux
import Rings
import Units

/// A bridge that is measured: frames are put in and taken out between its passes, and only those are timed.
protocol Bridge: AnyObject {
  var traffic: Traffic { get set }
  func offer(_ address: UInt64, at port: Int)
  func pass(now: UInt64)
  /// A frame that left by `port`.
  func take(_ port: Int) -> UInt64?
}

extension Bridge {
  /// Nanoseconds a frame over `passes` passes. Traps when a frame is lost.
  func measure(passes: Int = 64) -> Double {
    let perPort = max(1, 256 / traffic.ports)
    var elapsed: UInt64 = 0
    var frames = 0
    for _ in 0..<passes {
      for port in 0..<traffic.ports {
        for _ in 0..<perPort { offer(traffic.next(at: port), at: port) }
      }
      let begin = ml_monotonic_ns()
      pass(now: begin)
      elapsed += ml_monotonic_ns() - begin
      for port in 0..<traffic.ports {
        while let address = take(port) {
          traffic.release(address)
          frames += 1
        }
      }
    }
    precondition(frames == passes * perPort * traffic.ports, "frames were lost")
    return Double(elapsed) / Double(frames)
  }
}

/// The yardstick.
final class BridgeInC: Bridge {
  var traffic: Traffic
  private let pool: FramePool
  private let bridge: OpaquePointer

  init(ports: Int, addresses: Int) throws {
    pool = FramePool(arena: try FrameArena(size: Bytes(32 << 20)))
    traffic = Traffic(pool: pool, ports: ports, addresses: addresses)
    bridge = bridge_create(pool.arena.base, UInt32(ports), UInt64(addresses))
    for n in 0..<addresses {
      let (address, port) = Traffic.station(n, ports: ports)
      bridge_learn(bridge, address, UInt16(port), 0)
    }
  }

  deinit {
    bridge_destroy(bridge)
    traffic.deallocate()
  }

  func offer(_ address: UInt64, at port: Int) {
    precondition(bridge_offer(bridge, UInt32(port), address, UInt32(Traffic.length)) == 1)
  }

  func pass(now: UInt64) { _ = bridge_pass(bridge, now) }

  func take(_ port: Int) -> UInt64? {
    var address: UInt64 = 0
    return bridge_take(bridge, UInt32(port), &address) == 1 ? address : nil
  }
}
