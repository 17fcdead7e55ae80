import Dataplane
import Testing

@Suite struct OutputQueueTests {
  struct Difference: Error {
    var step: Int
    var naive: Int
  }

  /// Any mix of appends and removals, against an array.
  @Test(arguments: [1 as UInt64, 2, 3]) func itIsAFirstInFirstOutOfBoundedBytes(seed: UInt64) throws {
    var generator = SplitMix64(seed: seed)
    let byteLimit = [1000, 100_000, 1 << 24][Int(seed) - 1]
    var queue = OutputQueue()
    defer { queue.deallocate() }
    var naive: [UInt32] = []
    var bytes = 0
    var number: UInt64 = 0
    for step in 0..<200_000 {
      // Fills up and empties by turns.
      let fills = number / 10_000 % 2 == 0
      if Int.random(in: 0..<5, using: &generator) < (fills ? 3 : 2) {
        var frame = Frame()
        frame.length = UInt32.random(in: 1...1514, using: &generator)
        frame.address = number
        number += 1
        let fits = naive.count < OutputQueue.capacity && (naive.isEmpty || bytes + Int(frame.length) <= byteLimit)
        guard queue.append(&frame, byteLimit: byteLimit) == fits else {
          throw Difference(step: step, naive: naive.count)
        }
        if fits {
          naive.append(frame.length)
          bytes += Int(frame.length)
        }
      } else if !naive.isEmpty {
        guard queue.first.length == naive[0] else { throw Difference(step: step, naive: naive.count) }
        queue.removeFirst()
        bytes -= Int(naive.removeFirst())
        number += 1
      }
      guard queue.count == naive.count, queue.isEmpty == naive.isEmpty else {
        throw Difference(step: step, naive: naive.count)
      }
    }
    while !naive.isEmpty {
      #expect(queue.first.length == naive.removeFirst())
      queue.removeFirst()
    }
    #expect(queue.isEmpty)
  }

  /// Control asks while the worker works.
  @Test func whatItHoldsCanBeAskedAtAnyTime() {
    struct Shared: @unchecked Sendable { let queue: UnsafeMutablePointer<OutputQueue> }
    let shared = Shared(queue: .allocate(capacity: 1))
    shared.queue.initialize(to: OutputQueue())
    onThreads(2) { thread in
      var frame = Frame()
      frame.length = 60
      for step in 0..<2_000_000 {
        if thread == 1 {
          _ = shared.queue.pointee.heldChunks
        } else if step % 8 < 4 {
          _ = shared.queue.pointee.append(&frame, byteLimit: 1000)
        } else {
          shared.queue.pointee.removeFirst()
        }
      }
    }
    #expect(shared.queue.pointee.heldChunks == 0)
    shared.queue.pointee.deallocate()
    shared.queue.deallocate()
  }
}
