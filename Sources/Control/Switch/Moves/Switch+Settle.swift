import CLinux
import Dataplane
import Logging
import Units

/// The end of a move: when nothing of it can be left at the worker before, the worker that has the entry now need not
/// look out for it any more.
extension Switch {
  /// How long a worker is given to catch up; a port whose device takes nothing keeps it from that.
  private static let patience = Nanoseconds.seconds(5)

  /// The moves are made, and are settled from now on.
  func settle(_ moves: [MoveLog.UnderWay]) {
    for move in moves { handOver.made(place: move.place, at: move.to) }
    let isSettling = !moveLog.isIdle
    moveLog.waiting += moves
    if !isSettling { Task { await settleMoves() } }
  }

  /// Settles the moves that wait, all that came together at once, until none is left.
  func settleMoves() async {
    while !moveLog.waiting.isEmpty {
      moveLog.settling = moveLog.waiting
      moveLog.waiting = []
      // Afterwards no program uses the tables of before, and what it gave to workers is in their rings.
      await GracePeriod.pass()
      await caughtUp(Set(moveLog.settling.map(\.from)))
      for move in moveLog.settling { handOver.close(place: move.place, at: move.to) }
      await caughtUp(Set(moveLog.settling.map(\.to)))
      await eventually { [handOver] in self.moveLog.settling.allSatisfy { handOver.isOver(place: $0.place, at: $0.to) }
      }
      finish(moveLog.settling)
      moveLog.settling = []
    }
  }

  /// Waits until the workers have taken, sent and completed what they have been given.
  private func caughtUp(_ workers: Set<Int>) async {
    let requests = workers.map { (worker: $0, request: handOver.request(from: $0)) }
    await eventually { [handOver] in requests.allSatisfy { handOver.isAnswered($0.request, by: $0.worker) } }
  }

  /// Looks again and again until a condition holds, the switch stops, or patience is at its end.
  func eventually(_ condition: () -> Bool) async {
    let end = ml_monotonic_ns() + Self.patience.count
    while !condition() && hasStarted && !isStopping {
      if ml_monotonic_ns() > end {
        log.warning("a worker did not catch up within \(Self.patience); see millrace show workers and ports")
        return
      }
      try? await Task.sleep(for: .milliseconds(1))
    }
  }

  private func finish(_ moves: [MoveLog.UnderWay]) {
    let now = Nanoseconds(ml_monotonic_ns()) - startedAt
    var longest: Nanoseconds?
    for move in moves {
      let report = handOver.end(place: move.place, at: move.to)
      moveLog.update(move.sequence) { status in
        status.settledAfterSeconds = now.seconds - status.atSeconds
        status.heldFrames = report.heldFrames
        status.longestHoldMicroseconds = Double(report.longestHold.count) / 1000
        status.expired = report.expired
      }
      if move.queue == nil { longest = max(longest ?? Nanoseconds(0), report.longestHold) }
      if report.expired > 0 {
        log.warning("move \(move.sequence): worker \(move.from) did not catch up; frames may have changed their order")
      }
    }
    if let longest { log.info("queues arranged anew; frames waited \(longest) at most") }
  }

  /// Completes moves made a second ago with what became of the loads, and logs them.
  func lookBackAtMoves(_ now: Nanoseconds) {
    while let first = moveLog.recent.first, now - first.at >= .seconds(1) {
      moveLog.recent.removeFirst()
      moveLog.update(first.sequence) { move in
        move.fromLoadAfter = loads.load(of: move.from)
        move.toLoadAfter = loads.load(of: move.to)
        log.log(level: move.reason == .forced ? .debug : .notice, "\(move)")
      }
    }
  }
}
