import CLinux
import Units

/// What is counted for a class of a port, by each worker in words of its own.
public struct ClassFigures: Sendable, Equatable {
  public var frames: UInt64 = 0
  /// As rates count them.
  public var bytes: UInt64 = 0
  /// Frames dropped by CoDel, and because too many waited.
  public var managedDrops: UInt64 = 0
  public var fullDrops: UInt64 = 0
  /// Frames marked with congestion experienced.
  public var marks: UInt64 = 0
  /// Frames that had to wait, and for how long: four parts of each doubling from 16 us on.
  public var delays = [UInt64](repeating: 0, count: Self.buckets)

  enum Word: Int { case managedDrops, fullDrops, marks, delays }

  static let buckets = 56
  /// Words of one class at one worker.
  static let stride = 64

  public init() {}

  /// The delay that this share of all frames did not exceed; frames that did not wait count as 0.
  public func delay(atShare share: Double) -> Nanoseconds {
    let waited = delays.reduce(0, +)
    let all = max(frames, waited)
    guard all > 0 else { return Nanoseconds(0) }
    var left = Double(all) * (1 - share)
    for bucket in delays.indices.reversed() where delays[bucket] > 0 {
      left -= Double(delays[bucket])
      if left < 0 { return Self.longest(in: bucket) }
    }
    return Nanoseconds(0)
  }

  @inline(__always) static func bucket(of delay: UInt64) -> Int {
    let units = delay >> 14
    if units == 0 { return 0 }
    let octave = 63 - units.leadingZeroBitCount
    let quarter = Int(delay >> UInt64(octave + 12)) & 3
    return min(4 * octave + quarter + 1, buckets - 1)
  }

  private static func longest(in bucket: Int) -> Nanoseconds {
    if bucket == 0 { return Nanoseconds(1 << 14) }
    let (octave, quarter) = ((bucket - 1) / 4, (bucket - 1) % 4)
    return Nanoseconds(UInt64(5 + quarter) << UInt64(octave + 12))
  }

  public static func + (a: ClassFigures, b: ClassFigures) -> ClassFigures {
    var sum = a
    sum.frames += b.frames
    sum.bytes += b.bytes
    sum.managedDrops += b.managedDrops
    sum.fullDrops += b.fullDrops
    sum.marks += b.marks
    for i in sum.delays.indices { sum.delays[i] += b.delays[i] }
    return sum
  }
}

extension BandwidthView {
  @inline(__always) func count(_ word: ClassFigures.Word, slot: Int32, worker: Int, _ n: Int = 1, bucket: Int = 0) {
    let at = figures + ((worker &* slotCount &+ Int(slot)) &* ClassFigures.stride &+ word.rawValue &+ bucket)
    ml_store_relaxed_u64(at, at.pointee &+ UInt64(n))
  }
}

extension BandwidthState {
  /// The sum over all workers; index: slot.
  public func figures() -> [ClassFigures] {
    var all = slots.map { _ in ClassFigures() }
    for worker in 0..<workers {
      for slot in slots.indices { addCounted(slot, worker, to: &all[slot]) }
      for leaf in 0..<view.pointee.leafCount {
        let queue = view.pointee.queues + (worker * view.pointee.leafCount + leaf)
        let slot = Int(view.pointee.leaves[leaf].slot)
        all[slot].frames += queue.pointee.sentFrames
        all[slot].bytes += queue.pointee.sentBytes
      }
    }
    return all
  }

  private func addCounted(_ slot: Int, _ worker: Int, to sum: inout ClassFigures) {
    let words = view.pointee.figures + (worker * slots.count + slot) * ClassFigures.stride
    func read(_ word: ClassFigures.Word, _ i: Int = 0) -> UInt64 { ml_load_relaxed_u64(words + word.rawValue + i) }
    sum.managedDrops += read(.managedDrops)
    sum.fullDrops += read(.fullDrops)
    sum.marks += read(.marks)
    for i in sum.delays.indices { sum.delays[i] += read(.delays, i) }
  }

  /// Bytes that wait, over all workers and links; index: slot. Exact when the workers rest.
  public func waitingBytes() -> [Int] {
    var sum = [Int](repeating: 0, count: slots.count)
    let count = view.pointee.leafCount
    for worker in 0..<workers {
      for leaf in 0..<count {
        sum[Int(view.pointee.leaves[leaf].slot)] += Int(view.pointee.queues[worker * count + leaf].bytes)
      }
    }
    return sum
  }
}
