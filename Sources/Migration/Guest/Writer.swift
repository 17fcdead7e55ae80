import CLinux
import Synchronization
import Units

/// A thread that writes pages of an image at a rate, and stops between two writes when it is told to.
package final class Writer: Sendable {
  private let image: MemoryImage
  private let profile: VMProfile
  private let lane: UInt64
  private let gate = PauseGate()
  private let written = Atomic<UInt64>(0)
  private let throttled = Atomic<Int>(0)
  private let thread: Mutex<JoinableThread?> = Mutex(nil)

  /// `lane` tells the writers of one VM apart: each draws its own order of pages.
  package init(image: MemoryImage, profile: VMProfile, lane: UInt64 = 0) {
    self.image = image
    self.profile = profile
    self.lane = lane
  }

  /// Pages written since `start`.
  package var pagesWritten: UInt64 { written.load(ordering: .relaxed) }

  /// Starts the thread; it writes at once unless it was told to pause before.
  package func start() {
    thread.withLock { running in
      guard running == nil else { return }
      gate.enter()
      running = JoinableThread(name: "writer") { [self] in run() }
    }
  }

  /// Returns when the thread has made its last write.
  package func pause() { gate.pause() }
  package func resume() { gate.resume() }
  /// When it stood still last.
  package var lastHeld: Nanoseconds { gate.lastHeld }
  /// Takes so much of its rate away, in percent below 100.
  package func throttle(percent: Int) { throttled.store(percent, ordering: .relaxed) }

  /// Ends the thread. Harmless when it never ran.
  package func stop() {
    gate.stop()
    thread.withLock { running in
      running?.join()
      running = nil
    }
  }

  private func run() {
    defer { gate.leave() }
    let pages = UInt64(profile.workingSet.count) / UInt64(MemoryImage.pageSize)
    guard pages > 0, profile.dirtyRate.count > 0 else { return }
    ml_set_timer_slack(1000)
    var order = SplitMix64(seed: profile.seed ^ SplitMix64.mix(lane &+ 0x5EED))
    var budget = WriteBudget(bytesPerSecond: profile.dirtyRate, start: Nanoseconds(ml_monotonic_ns()))
    while true {
      switch gate.poll() {
      case .stopped: return
      case .resumed: budget.restart(at: Nanoseconds(ml_monotonic_ns()))
      case .running: break
      }
      let share = Double(100 - throttled.load(ordering: .relaxed)) / 100
      if share != budget.share { budget.share = share }
      var owed = budget.take(at: Nanoseconds(ml_monotonic_ns()))
      // The gate is asked again every 64 pages, so that a pause waits for microseconds.
      while owed > 0, !gate.isClosed {
        let now = min(owed, 64)
        for _ in 0..<now { write(page: order.next(upperBound: pages), value: order.next()) }
        written.wrappingAdd(UInt64(now), ordering: .relaxed)
        owed -= now
      }
      if owed == 0 { gate.wait(upTo: .milliseconds(1)) }
    }
  }

  /// One word of the page changes, at a place the value chooses.
  @inline(__always)
  private func write(page: UInt64, value: UInt64) {
    let words = image.page(Int(page)).assumingMemoryBound(to: UInt64.self)
    ml_store_relaxed_u64(words + Int(value & 511), value)
  }
}
