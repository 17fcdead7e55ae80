/// How many entries a FILL ring is kept at: few, as frames then arrive in memory that caches and TLB still hold; twice
/// as many from the moment a worker came so late that three quarters of them were used up, for the kernel drops what
/// finds none; half as many again when those would have done for a while.
///
/// A worker that is always late needs no depth: of the frames that wait for it as few are let in as are useful.
public struct FillDepth {
  /// Entries to keep ready.
  public private(set) var target: UInt32
  /// Chunks that may be in the FILL ring and wait in RX rings together.
  @inlinable public var mostOutstanding: UInt32 { min(most, target &+ target / 2) }
  @usableFromInline let least: UInt32
  @usableFromInline let most: UInt32
  /// The target was reached since it last changed: before that a low ring says nothing about the worker.
  @usableFromInline var isReached = false
  /// The most entries that were used up at once since the last look, and all that were given.
  @usableFromInline var deepest: UInt32 = 0
  @usableFromInline var given: UInt32 = 0

  /// Entries between two looks whether fewer would do: 4 GiB of full chunks.
  public static let period: UInt32 = 1 << 20

  /// For a queue that may hold `limit` chunks, in a ring of so many entries.
  public init(limit: UInt32, ring: UInt32) {
    most = min(limit, ring)
    least = min(2048, max(1, most / 2))
    target = least
  }

  /// The ring was found with so many entries.
  @inlinable public mutating func found(_ ready: UInt32) {
    guard isReached else { return }
    deepest = max(deepest, target &- min(ready, target))
    if ready < target / 4, target < most { change(to: min(target &* 2, most)) }
  }

  /// The ring was topped up by `count` entries and has now `ready`.
  @inlinable public mutating func gave(_ count: UInt32, ready: UInt32) {
    isReached = isReached || ready >= target
    given &+= count
    guard given >= Self.period else { return }
    let half = max(least, target / 2)
    if half < target, deepest < half / 4 &* 3 { change(to: half) }
    (deepest, given) = (0, 0)
  }

  @usableFromInline mutating func change(to entries: UInt32) {
    target = entries
    (isReached, deepest, given) = (false, 0, 0)
  }
}
