import CLinux
import CMillraceABI
import Glibc

/// What one worker received of every entry of every queue, counted only while control wants to know it: words written by
/// that worker alone.
public final class EntryCounters: @unchecked Sendable {
  /// Entries of an indirection table, and one for what cannot be hashed.
  public static let entries = MR_INDIRECTION_ENTRIES + 1

  public struct Count: Hashable, Sendable {
    public var frames: UInt64
    public var bytes: UInt64
  }

  let view: View

  public init() { view = View() }

  deinit { view.deallocate() }

  /// Makes the worker count from its next batch on, or stop.
  public func setCounting(_ isCounting: Bool) { ml_store_relaxed_u64(view.words, isCounting ? 1 : 0) }

  /// Cumulative counts of a queue; index: entry.
  public func counts(queue: UInt16) -> [Count] {
    (0..<Self.entries).map { entry in
      let words = view.entry(queue: queue, entry: UInt8(entry))
      return Count(frames: ml_load_relaxed_u64(words), bytes: ml_load_relaxed_u64(words + 1))
    }
  }

  /// Makes the worker look, while it counts, which flow most frames of an entry belong to; of one entry at a time.
  public func watch(queue: UInt16, entry: Int) { view.watch.ask(queue: queue, entry: UInt8(entry)) }
  public func stopWatching() { view.watch.stop() }

  /// The flow found so far, its sender as the local end.
  public func watchedFlow(queue: UInt16, entry: Int) -> Packet? {
    view.watch.flow(queue: queue, entry: UInt8(entry))?.packet
  }

  /// The same, as the worker holds it.
  struct View: @unchecked Sendable {
    /// The first words say whether to count; the others are frames and bytes of each entry.
    let words: UnsafeMutablePointer<UInt64>
    let watch = FlowWatch()
    private static var head: Int { 8 }

    /// Memory that is never touched costs nothing: most queues are never there.
    init() {
      let count = Self.head + Int(MR_MAX_QUEUES) * EntryCounters.entries * 2
      words = calloc(count, 8)!.bindMemory(to: UInt64.self, capacity: count)
    }

    func deallocate() {
      free(words)
      watch.deallocate()
    }

    @inline(__always) var isCounting: Bool { ml_load_relaxed_u64(words) != 0 }

    @inline(__always) func entry(queue: UInt16, entry: UInt8) -> UnsafeMutablePointer<UInt64> {
      // SAFETY: queue and entry are brought within their bounds.
      let row = Swift.min(Int(queue), Int(MR_MAX_QUEUES) &- 1)
      let column = Swift.min(Int(entry), EntryCounters.entries &- 1)
      return words + (Self.head &+ (row &* EntryCounters.entries &+ column) &* 2)
    }

    @inline(__always) func add(queue: UInt16, entry: UInt8, bytes: UInt32) {
      let words = self.entry(queue: queue, entry: entry)
      ml_store_relaxed_u64(words, words.pointee &+ 1)
      ml_store_relaxed_u64(words + 1, words[1] &+ UInt64(bytes))
    }
  }
}
