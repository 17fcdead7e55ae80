import CLinux
import Dataplane
import Logging
import Steering
import Units

/// Moves of indirection entries: each is made by one write to the steering maps and handed over in order by the workers
/// (`HandOverTable`); then it is settled, so that the entry may move again.
extension Switch {
  enum MoveResult {
    case made
    /// The worker has the entry.
    case needless
    /// An earlier move of the entry is under way, or too many are: ask again in a while.
    case mustWait
  }

  public func moveEntries(port name: String, entries: ClosedRange<Int>, to worker: Int) async throws -> Int {
    let queue = try queue(ofPort: name)
    guard threads.indices.contains(worker) else {
      throw ControlError.usage("worker \(worker): there are workers 0 to \(threads.count - 1)")
    }
    var moved = 0
    for entry in entries {
      attempts: while true {
        switch try move(entry: entry, of: queue, to: worker, because: .forced) {
        case .made:
          moved += 1
          break attempts
        case .needless: break attempts
        case .mustWait: try await Task.sleep(for: .milliseconds(1))
        }
      }
    }
    return moved
  }

  /// The queue a port's name stands for: its own, or the default queue.
  func queue(ofPort name: String) throws(ControlError) -> QueueID {
    name == QueueStatus.defaultQueuePort ? .defaultQueue : try port(named: name).queue
  }

  /// Moves one entry, if nothing stands against it.
  func move(entry: Int, of queue: QueueID, to worker: Int, because reason: MoveStatus.Reason) throws -> MoveResult {
    guard let table = assignment.queue(queue)?.table else {
      throw ControlError.unavailable("queue \(queue.index) is gone")
    }
    let from = Int(table.workers[entry].index)
    if from == worker { return .needless }
    if moveLog.isUnderWay(queue, entry) { return .mustWait }
    let sequence = moveLog.nextSequence()
    let move = Move(sequence: sequence, queue: queue.index, entry: UInt8(entry), from: UInt8(from))
    guard let place = handOver.begin(move, to: worker) else { return .mustWait }
    var changed = table
    changed.workers[entry] = WorkerID(UInt8(worker))
    do { try maps.setQueue(queue, changed) } catch {
      handOver.close(place: place, at: worker)
      _ = handOver.end(place: place, at: worker)
      throw ControlError(asUnavailable: error)
    }
    assignment.move(entry: entry, of: queue, to: WorkerID(UInt8(worker)))
    remember(
      .init(sequence: sequence, queue: queue, entry: entry, from: from, to: worker, place: place), because: reason)
    return .made
  }

  private func remember(_ move: MoveLog.UnderWay, because reason: MoveStatus.Reason) {
    var status = MoveStatus(
      sequence: move.sequence, port: assignment.queue(move.queue)?.port ?? QueueStatus.defaultQueuePort,
      entry: move.entry, from: move.from, to: move.to, reason: reason)
    status.atSeconds = (Nanoseconds(ml_monotonic_ns()) - startedAt).seconds
    status.fromLoad = loads.load(of: move.from)
    status.toLoad = loads.load(of: move.to)
    moveLog.append(status)
    moveLog.waiting.append(move)
    if moveLog.settling.isEmpty && moveLog.waiting.count == 1 { Task { await settleMoves() } }
  }

  public func moves() -> [MoveStatus] { Array(moveLog.newest) }
}
