import CLinux
import Synchronization
import Units

/// Where one thread is held by others: `pause` returns once the thread stands at the gate (or has left), so what it
/// wrote before is all it wrote.
package final class PauseGate: Sendable {
  package enum Passage {
    /// Nothing asked.
    case running
    /// It was held, and is let go.
    case resumed
    /// It must end.
    case stopped
  }

  private struct State {
    var held = false
    var stopping = false
    var standing = false
    var gone = false
    var entered = false
    var heldAt = Nanoseconds(0)

    var isClosed: Bool { held || stopping }
  }

  private let state = Monitor(State())
  /// Repeats the state's, for the thread's quick look; written under its lock.
  private let closed = Atomic<Bool>(false)

  package init() {}

  /// Whether the thread should come to `poll`.
  package var isClosed: Bool { closed.load(ordering: .relaxed) }

  /// Holds the thread. Returns at once when no thread runs behind the gate.
  package func pause() {
    change { $0.held = true }
    _ = state.wait { $0.entered && !$0.standing && !$0.gone && $0.held ? nil : () }
  }

  /// Lets the thread go, and returns once it is on its way.
  package func resume() {
    change { $0.held = false }
    _ = state.wait { $0.standing && !$0.isClosed ? nil : () }
  }

  /// When the thread came to stand here last (CLOCK_MONOTONIC); 0: it never did.
  package var lastHeld: Nanoseconds { state.with { $0.heldAt } }

  package func stop() { change { $0.stopping = true } }

  /// A thread is about to run behind the gate: from here on `pause` waits for it.
  package func enter() { change { $0.entered = true } }

  /// The thread passes, or is held here.
  package func poll() -> Passage {
    let passage: Passage? = state.with { state in
      if state.stopping { return .stopped }
      guard state.held else { return .running }
      state.standing = true
      state.heldAt = Nanoseconds(ml_monotonic_ns())
      return nil
    }
    if let passage { return passage }
    return state.wait { state in
      if state.held && !state.stopping { return nil }
      state.standing = false
      return state.stopping ? .stopped : .resumed
    } ?? .stopped
  }

  /// The thread sleeps, but not past a pause or stop.
  package func wait(upTo span: Nanoseconds) {
    _ = state.wait(until: Nanoseconds(ml_monotonic_ns()) + span) { $0.isClosed ? () : nil }
  }

  /// The thread ends: nobody needs to wait for it any more.
  package func leave() { change { $0.gone = true } }

  private func change(_ body: (inout State) -> Void) {
    state.with { state in
      body(&state)
      closed.store(state.isClosed, ordering: .relaxed)
    }
  }
}
