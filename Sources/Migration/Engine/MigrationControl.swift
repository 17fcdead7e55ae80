import Synchronization

/// What a user tells migrations that run: stop for a while, go on, give up.
public final class MigrationControl: Sendable {
  private let paused = Atomic<Bool>(false)
  private let cancelled = Atomic<Bool>(false)

  public init() {}

  /// No pages are sent until `resume`; the VM runs on. What it waits for, standing still or at its target, is sent.
  public func pause() { paused.store(true, ordering: .relaxed) }
  public func resume() { paused.store(false, ordering: .relaxed) }
  /// The VM stays where it is, unless it was handed over already.
  public func cancel() { cancelled.store(true, ordering: .relaxed) }

  package var isPaused: Bool { paused.load(ordering: .relaxed) }
  package var isCancelled: Bool { cancelled.load(ordering: .relaxed) }
}
