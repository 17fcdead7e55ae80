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

  public func moveEntries(port name: String, entries: IndirectionEntries, to worker: Int) async throws -> Int {
    let queue = try queue(ofPort: name)
    guard threads.indices.contains(worker) else {
      throw ControlError.usage("worker \(worker): there are workers 0 to \(threads.count - 1)")
    }
    if let own = runtimes.first(where: { $0.queue == queue && $0.hasQueue }), let set = teamWorkers(of: own),
      !set.contains(WorkerID(UInt8(worker)))
    {
      throw ControlError.usage(
        "worker \(worker): the processors of \(name)'s team member are those of workers "
          + set.map { "\($0.index)" }.joined(separator: ", ") + "; choose one of them")
    }
    guard let table = assignment.queue(queue)?.table else { throw gone(queue) }
    guard let range = entries.range else {
      for from in table.used where Int(from.index) != worker {
        _ = try await insist { try moveAll(of: queue, from: Int(from.index), to: worker, because: .forced) }
      }
      return table.workers.count { Int($0.index) != worker }
    }
    var moved = 0
    for entry in range {
      if try await insist({ try move(entry: entry, of: queue, to: worker, because: .forced) }) { moved += 1 }
    }
    return moved
  }

  /// Asks again until a move need not wait; returns whether it was made.
  private func insist(_ move: () throws -> MoveResult) async throws -> Bool {
    while true {
      switch try move() {
      case .made: return true
      case .needless: return false
      case .mustWait: try await Task.sleep(for: .milliseconds(1))
      }
    }
  }

  /// The queue a port's name stands for: its own, or the default queue.
  func queue(ofPort name: String) throws(ControlError) -> QueueID {
    name == QueueStatus.defaultQueuePort ? .defaultQueue : try port(named: name).queue
  }

  /// Moves one entry, if nothing stands against it.
  func move(entry: Int, of queue: QueueID, to worker: Int, because reason: MoveStatus.Reason) throws -> MoveResult {
    guard var table = assignment.queue(queue)?.table else { throw gone(queue) }
    let from = Int(table.workers[entry].index)
    table.workers[entry] = WorkerID(UInt8(worker))
    return try make(.init(queue: queue, entry: entry, from: from, to: worker), queue, table, because: reason)
  }

  /// Moves all that a worker has of a queue, what cannot be hashed included.
  func moveAll(of queue: QueueID, from: Int, to worker: Int, because reason: MoveStatus.Reason) throws -> MoveResult {
    guard var table = assignment.queue(queue)?.table else { throw gone(queue) }
    table.moveAll(from: WorkerID(UInt8(from)), to: WorkerID(UInt8(worker)))
    return try make(.init(queue: queue, entry: nil, from: from, to: worker), queue, table, because: reason)
  }

  private func gone(_ queue: QueueID) -> ControlError { .unavailable("queue \(queue.index) is gone") }

  private func make(
    _ move: MoveLog.UnderWay, _ queue: QueueID, _ table: IndirectionTable, because reason: MoveStatus.Reason
  ) throws -> MoveResult {
    if move.from == move.to { return .needless }
    guard !isArranging, !moveLog.isUnderWay(queue, move.entry), let announced = announce(move) else {
      return .mustWait
    }
    do { try maps.setQueue(queue, table, in: arrangement) } catch {
      handOver.close(place: announced.place, at: move.to)
      _ = handOver.end(place: announced.place, at: move.to)
      throw ControlError(asUnavailable: error)
    }
    assignment.setTable(table, of: queue)
    var status = newStatus(queue: queue, entry: move.entry, from: move.from, to: move.to, because: reason)
    status.sequence = announced.sequence
    moveLog.append(status)
    moveLog.recent.append((announced.sequence, Nanoseconds(ml_monotonic_ns())))
    settle([announced])
    return .made
  }

  /// Lists a move at the worker that is to get its frames; nil when too many are listed there.
  func announce(_ move: MoveLog.UnderWay) -> MoveLog.UnderWay? {
    var move = move
    move.sequence = moveLog.nextSequence()
    let listed =
      if let queue = move.queue {
        Move(
          sequence: move.sequence, queue: queue.index, entry: move.entry.map { UInt8($0) } ?? Move.wholeQueue,
          from: UInt8(move.from))
      } else {
        Move(sequence: move.sequence, arrangement: arrangement.other.rawValue, from: UInt8(move.from))
      }
    guard let place = handOver.begin(listed, to: move.to) else { return nil }
    move.place = place
    return move
  }

  func newStatus(
    queue: QueueID, entry: Int?, from: Int, to: Int, because reason: MoveStatus.Reason
  ) -> MoveStatus {
    var status = MoveStatus(
      sequence: 0, port: portName(of: queue), entry: entry, from: from, to: to, reason: reason)
    status.atSeconds = (Nanoseconds(ml_monotonic_ns()) - startedAt).seconds
    status.fromLoad = loads.load(of: from)
    status.toLoad = loads.load(of: to)
    return status
  }

  /// What `show` calls a queue.
  func portName(of queue: QueueID) -> String { assignment.queue(queue)?.port ?? QueueStatus.defaultQueuePort }

  public func moves() -> [MoveStatus] { Array(moveLog.newest) }
}
