import Units

/// Hands pages to threads that encode them, and connections to threads that have something to send: whichever is free.
///
/// A connection is in one of three places: free, with a thread, or broken. Broken ones wait for the thread that drives
/// the migration, which makes them anew.
final class Dispatcher: Sendable {
  enum Event {
    /// Everything was given to a connection.
    case drained
    /// These connections are broken.
    case broken([Channel])
    case nothing
  }

  private struct State {
    var queue: [PageRun] = []
    /// How much of the queue is taken.
    var next = 0
    /// Pages that somebody waits for; nil: nobody may ask.
    var urgent: [Int]?
    /// Who asks may be quicker than the word that the VM runs there.
    var early: [Int] = []
    var batch = PageBatch.capacity
    var working = 0
    var free: [Channel] = []
    var broken: [Channel] = []
    var isPaused = false
    var isOver = false

    var isDrained: Bool { working == 0 && next == queue.count && urgent?.isEmpty ?? true }
  }

  private let monitor = Monitor(State())
  private let connections: Int

  init(connections: Int) { self.connections = connections }

  /// Adds pages to what is to be sent.
  func add(_ runs: [PageRun]) {
    monitor.with {
      if $0.next == $0.queue.count { ($0.queue, $0.next) = ([], 0) }
      $0.queue += runs
    }
  }

  /// Up to a batch of pages; waits for them; nil at the end. `finished` follows.
  func takePages() -> [PageRun]? {
    monitor.wait(wakes: false) { state -> [PageRun]?? in
      if state.isOver { return .some(nil) }
      guard !state.isPaused else { return nil }
      if let urgent = state.urgent, !urgent.isEmpty {
        state.urgent = []
        state.working += 1
        return PageRuns(pages: Set(urgent)).runs
      }
      guard state.next < state.queue.count else { return nil }
      var (runs, room): ([PageRun], Int) = ([], state.batch)
      while room > 0, state.next < state.queue.count {
        let run = state.queue[state.next]
        let count = min(run.count, room)
        runs.append(PageRun(first: run.first, count: count))
        room -= count
        if count == run.count {
          state.next += 1
        } else {
          state.queue[state.next] = PageRun(first: run.first + count, count: run.count - count)
        }
      }
      state.working += 1
      return runs
    } ?? nil
  }

  /// The connection that has been free for longest; waits for one; nil at the end.
  func takeChannel() -> Channel? {
    monitor.wait(wakes: false) { state -> Channel?? in
      if state.isOver { return .some(nil) }
      return state.free.isEmpty ? nil : .some(state.free.removeFirst())
    } ?? nil
  }

  func giveBack(_ channel: Channel) { monitor.with { $0.free.append(channel) } }

  /// What `takePages` gave was given to a connection, this one if it is still good.
  func finished(_ channel: Channel?) {
    monitor.change { state in
      state.working -= 1
      if let channel { state.free.append(channel) }
      // Who has pages may wait for the connection; who drives the migration waits for the last one alone, and would
      // otherwise take a CPU from those that send.
      return state.working > 0 || state.isDrained
    }
  }

  /// The connection is of no use any more, wherever it was.
  func broke(_ channel: Channel) {
    monitor.with { state in
      state.free.removeAll { $0 === channel }
      if !state.broken.contains(where: { $0 === channel }) { state.broken.append(channel) }
    }
  }

  /// A broken connection was made anew.
  func mended(_ channel: Channel) {
    monitor.with { state in
      state.broken.removeAll { $0 === channel }
      state.free.append(channel)
    }
  }

  /// From here on pages may be asked for, and batches are short, so that who asks does not wait for long.
  func beginUrgent() {
    monitor.with {
      ($0.urgent, $0.early) = ($0.early, [])
      $0.batch = Self.shortBatch
    }
  }

  private static let shortBatch = 16

  /// Somebody waits for a page: it goes before all others.
  func want(_ page: Int) {
    monitor.with { state in
      if let urgent = state.urgent {
        if urgent.count < PageBatch.capacity { state.urgent = urgent + [page] }
      } else if state.batch != Self.shortBatch, state.early.count < PageBatch.capacity {
        state.early.append(page)
      }
    }
  }

  func setPaused(_ paused: Bool) { monitor.with { $0.isPaused = paused } }

  var isOver: Bool { monitor.with { $0.isOver } }

  /// Ends all waiting, now and later.
  func end() { monitor.with { $0.isOver = true } }

  /// Waits until everything is sent or, before that, a broken connection may be tried at `now`; or the deadline.
  func wait(until deadline: Nanoseconds, now: Nanoseconds) -> Event {
    monitor.wait(until: deadline) { state -> Event? in
      if state.isDrained {
        // All pages are on their way: who asks now need only wait.
        state.urgent = nil
        return .drained
      }
      let due = state.broken.filter { $0.nextAttempt <= now }
      return due.isEmpty ? nil : .broken(due)
    } ?? .nothing
  }

  /// Whether pages can be sent at all.
  var hasConnection: Bool { monitor.with { $0.broken.count < connections } }
}
