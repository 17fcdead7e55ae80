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
    var naive: [(length: UInt32, parts: UInt8)] = []
    var (bytes, chunks) = (0, 0)
    var number: UInt64 = 0
    for step in 0..<200_000 {
      // Fills up and empties by turns.
      let fills = number / 10_000 % 2 == 0
      if Int.random(in: 0..<5, using: &generator) < (fills ? 3 : 2) {
        var frame = Frame()
        frame.length = UInt32.random(in: 1...1514, using: &generator)
        frame.parts = UInt8.random(in: 1...64, using: &generator)
        frame.address = number
        number += 1
        let fits = naive.count < OutputQueue.capacity && (naive.isEmpty || bytes + Int(frame.length) <= byteLimit)
        guard queue.append(&frame, byteLimit: byteLimit) == fits else {
          throw Difference(step: step, naive: naive.count)
        }
        if fits {
          naive.append((frame.length, frame.parts))
          chunks += Int(frame.parts)
          bytes += Int(frame.length)
        }
      } else if !naive.isEmpty {
        guard queue.first.length == naive[0].length else { throw Difference(step: step, naive: naive.count) }
        queue.removeFirst()
        let removed = naive.removeFirst()
        bytes -= Int(removed.length)
        chunks -= Int(removed.parts)
        number += 1
      }
      guard queue.count == naive.count, queue.isEmpty == naive.isEmpty, queue.heldChunks == chunks else {
        throw Difference(step: step, naive: naive.count)
      }
    }
    while !naive.isEmpty {
      #expect(queue.first.length == naive.removeFirst().length)
      queue.removeFirst()
    }
    #expect(queue.isEmpty)
  }
}
