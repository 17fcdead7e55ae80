import CLinux
import CMillraceABI
import Wire

/// Which flow most frames of one entry belong to, found by a worker in passing while control asks: the majority vote of
/// Boyer and Moore, exact when one flow has more than half of the frames.
struct FlowWatch: @unchecked Sendable {
  // [entry asked for, entry the flow is of, version: odd while the flow is written, the flow's five words], and the
  // worker's own [votes].
  private let words: UnsafeMutablePointer<UInt64>
  private static var size: Int { 16 }

  init() {
    words = .allocate(capacity: Self.size)
    words.initialize(repeating: 0, count: Self.size)
  }

  func deallocate() { words.deallocate() }

  /// Never 0, which asks for nothing.
  private static func word(_ queue: UInt16, _ entry: UInt8) -> UInt64 { 1 << 32 | UInt64(queue) << 8 | UInt64(entry) }

  /// Control: looks for the flow of an entry from now on.
  func ask(queue: UInt16, entry: UInt8) { ml_store_release_u64(words, Self.word(queue, entry)) }

  func stop() { ml_store_release_u64(words, 0) }

  /// Control: the flow found so far.
  func flow(queue: UInt16, entry: UInt8) -> FlowKey? {
    let version = ml_load_acquire_u64(words + 2)
    guard version & 1 == 0, ml_load_relaxed_u64(words + 1) == Self.word(queue, entry) else { return nil }
    let flow = FlowKey(reading: words + 3)
    ml_fence_acquire()
    return ml_load_relaxed_u64(words + 2) == version ? flow : nil
  }

  @inline(__always) func isAsked(queue: UInt16, entry: UInt8) -> Bool {
    ml_load_acquire_u64(words) == Self.word(queue, entry)
  }

  /// The worker: a frame of the entry asked for is of this flow.
  func vote(for flow: FlowKey, queue: UInt16, entry: UInt8) {
    let asked = Self.word(queue, entry)
    if words[1] != asked { words[8] = 0 }
    if words[8] == 0 {
      ml_store_relaxed_u64(words + 2, words[2] &+ 1)
      ml_fence_seq_cst()
      ml_store_relaxed_u64(words + 1, asked)
      flow.write(to: words + 3)
      ml_store_release_u64(words + 2, words[2] &+ 1)
      words[8] = 1
    } else if FlowKey(reading: words + 3) == flow {
      words[8] &+= 1
    } else {
      words[8] &-= 1
    }
  }
}
