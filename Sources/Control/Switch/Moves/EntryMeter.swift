import Dataplane
import Steering
import Units

/// The load of every entry since a moment: what its worker spent, divided by what each entry's frames and bytes cost.
struct EntryMeter {
  /// Frames and bytes of each entry. Index: worker, entry.
  typealias Counts = [[EntryCounters.Count]]

  let since: Nanoseconds
  private let before: [QueueID: Counts]

  init(_ counts: [QueueID: Counts], at now: Nanoseconds) {
    since = now
    before = counts
  }

  /// Loads by queue and entry. A queue that was not there at the beginning has none.
  func loads(_ now: [QueueID: Counts], workers: [Double], cost: FrameCost) -> [QueueID: [Double]] {
    var spent: [QueueID: [[Double]]] = [:]
    var whole = Array(repeating: 0.0, count: workers.count)
    for (queue, counts) in now {
      guard let old = before[queue] else { continue }
      spent[queue] = workers.indices.map { worker in
        zip(counts[worker], old[worker]).map { new, old in
          cost.of(frames: Double(new.frames &- old.frames), bytes: Double(new.bytes &- old.bytes))
        }
      }
      for worker in workers.indices { whole[worker] += spent[queue]![worker].reduce(0, +) }
    }
    return spent.mapValues { spent in
      (0..<QueueLoad.entryCount).map { entry in
        workers.indices.reduce(0) { sum, worker in
          whole[worker] > 0 ? sum + workers[worker] * spent[worker][entry] / whole[worker] : sum
        }
      }
    }
  }
}
