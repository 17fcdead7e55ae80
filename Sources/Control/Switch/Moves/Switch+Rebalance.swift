import Dataplane
import Logging
import Steering
import Units

/// Watches the loads of the workers and moves what the rebalancer says. Called at every tick.
extension Switch {
  /// - Parameter second: a whole second has passed: often enough to look for workers that can be joined.
  func rebalance(at now: Nanoseconds, second: Bool) {
    guard let policy = config.rebalance else { return }
    let workers = threads.indices.map { loads.load(of: $0, over: policy.window) }
    let latest = threads.indices.map { loads.load(of: $0, over: Self.tick) }
    learnCosts()
    rebalancer.saw(workers, at: now)
    let isOverloaded = workers.contains(where: rebalancer.isOverloaded)
    guard isOverloaded || latest.contains(where: rebalancer.isOverloaded) else {
      stopMeasuring()
      guard second else { return }
      carryOut(rebalancer.plan(SwitchLoad(workers: workers, queues: queueLoads([:])), at: now), at: now)
      return
    }
    guard let meter = entryMeter else {
      for thread in threads { thread.entryCounters.setCounting(true) }
      entryMeter = EntryMeter(entryCounts(), at: now)
      return
    }
    // By then half of what the workers' loads tell of is measured by entry too.
    guard isOverloaded, (now - meter.since).count * 2 >= policy.window.count else { return }
    let counts = entryCounts()
    let entries = meter.loads(counts, workers: workers, cost: frameCost)
    let plan = rebalancer.plan(SwitchLoad(workers: workers, queues: queueLoads(entries)), at: now)
    carryOut(plan, at: now)
    if !plan.moves.isEmpty || now - meter.since >= policy.window { entryMeter = EntryMeter(counts, at: now) }
  }

  private static var tick: Nanoseconds { .milliseconds(200) }

  private func stopMeasuring() {
    guard entryMeter != nil else { return }
    for thread in threads {
      thread.entryCounters.setCounting(false)
      thread.entryCounters.stopWatching()
    }
    entryMeter = nil
    namedLone = []
  }

  /// What workers spent since the last tick, for so many frames and bytes.
  private func learnCosts() {
    let now = threads.map { thread in
      let report = thread.report()
      let time = config.emulatedShare == nil ? report.busyNanoseconds : report.cpuNanoseconds
      return WorkerTotals(
        time: time, frames: runtimes.reduce(0) { $0 &+ $1.counters[.receivedFrames, worker: thread.index] },
        bytes: runtimes.reduce(0) { $0 &+ $1.counters[.receivedBytes, worker: thread.index] })
    }
    for (new, old) in zip(now, lastTotals) where new.frames > old.frames && new.bytes >= old.bytes {
      frameCost.learn(
        frames: Double(new.frames - old.frames), bytes: Double(new.bytes - old.bytes),
        time: Double(new.time &- old.time))
    }
    lastTotals = now
  }

  private func entryCounts() -> [QueueID: EntryMeter.Counts] {
    let queues = assignment.queues.map { queue in
      (queue.id, threads.map { $0.entryCounters.counts(queue: queue.id.index) })
    }
    return Dictionary(uniqueKeysWithValues: queues)
  }

  private func queueLoads(_ entries: [QueueID: [Double]]) -> [QueueLoad] {
    assignment.queues.map { queue in
      let runtime = queue.port.flatMap { name in runtimes.first { $0.name == name } }
      let vrss = queue.port.flatMap { config.port(named: $0) }.map(\.vrss) ?? PortConfig.VRSS()
      return QueueLoad(
        queue: queue.id, table: queue.table, freedom: QueueLoad.Freedom(queue, vrss),
        maximumWorkers: vrss?.maximumWorkers ?? .max, excludesHome: queue.isSpread && vrss?.excludeHome == true,
        workers: runtime.flatMap { teamWorkers(of: $0) }.map { Set($0) },
        entries: entries[queue.id] ?? Array(repeating: 0, count: QueueLoad.entryCount))
    }
  }

  private func carryOut(_ plan: RebalancePlan, at now: Nanoseconds) {
    for move in plan.moves {
      do {
        let isMade: Bool
        if rebalancer.policy.dryRun {
          tell(move)
          isMade = true
        } else if let entry = move.entry {
          isMade = try self.move(entry: entry, of: move.queue, to: move.to, because: .init(move.reason)) == .made
        } else {
          isMade = try moveAll(of: move.queue, from: move.from, to: move.to, because: .init(move.reason)) == .made
        }
        if isMade { rebalancer.made(move, at: now) }
      } catch {
        log.error("move of queue \(move.queue.index): \(error)")
      }
    }
    for entry in plan.lone { name(entry) }
  }

  /// Tells once of an entry that alone fills its worker, and of its flow, which the worker must find first.
  private func name(_ lone: RebalancePlan.LoneEntry) {
    let place = QueueEntry(queue: lone.queue, entry: lone.entry)
    if namedLone.contains(place) { return }
    let counters = threads[lone.worker].entryCounters
    guard let flow = counters.watchedFlow(queue: lone.queue.index, entry: lone.entry) else {
      counters.watch(queue: lone.queue.index, entry: lone.entry)
      return
    }
    namedLone.insert(place)
    counters.stopWatching()
    log.notice(
      """
      \(portName(of: lone.queue)), entry \(lone.entry): alone takes \(Figure.share(lone.load)) of worker \
      \(lone.worker), and a flow cannot be divided: \(flow.local) to \(flow.remote), \(flow.protocolName ?? "IP")
      """)
  }

  /// A move that a dry run does not make.
  private func tell(_ move: PlannedMove) {
    var status = newStatus(
      queue: move.queue, entry: move.entry, from: move.from, to: move.to, because: .init(move.reason))
    status.sequence = moveLog.nextSequence()
    status.isDryRun = true
    moveLog.append(status)
    log.notice("\(status)")
  }
}

/// What a worker spent and received since the start.
struct WorkerTotals {
  var time: UInt64
  var frames: UInt64
  var bytes: UInt64
}

/// An entry of a queue.
struct QueueEntry: Hashable {
  var queue: QueueID
  var entry: Int
}

extension QueueLoad.Freedom {
  /// What a queue may do by its mode and its port's `vrss:`.
  init(_ queue: QueueAssignment.Queue, _ vrss: PortConfig.VRSS?) {
    switch queue.mode {
    case .single: self = .none
    case _ where vrss?.mode == .static: self = .none
    default: self = queue.isSpread ? .entries : .whole
    }
  }
}

extension MoveStatus.Reason {
  init(_ reason: PlannedMove.Reason) {
    switch reason {
    case .overload: self = .overload
    case .coalesce: self = .coalesce
    }
  }
}
