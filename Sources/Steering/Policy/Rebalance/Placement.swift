import Units

/// Queues and entries on workers, with their loads, while moves are tried out.
struct Placement {
  private(set) var loads: [Double]
  private(set) var queues: [QueueLoad]
  /// Index: queue, worker. Hashed entries there.
  private var counts: [[Int]]

  init(_ load: SwitchLoad) {
    loads = load.workers
    queues = load.queues
    counts = load.queues.map { queue in
      var counts = Array(repeating: 0, count: load.workers.count)
      for worker in queue.table.workers { counts[Int(worker.index)] += 1 }
      return counts
    }
  }

  /// A queue or entry that can be given to another worker.
  struct Unit {
    /// Index among the queues.
    var place: Int
    /// nil: all that the worker has of the queue.
    var entry: Int?
    var load: Double
  }

  /// What a worker has that may move on its own, the heaviest first.
  func units(at worker: Int) -> [Unit] {
    var units: [Unit] = []
    for (place, queue) in queues.enumerated() where has(worker, place) {
      switch queue.freedom {
      case .none: break
      case .whole: units.append(Unit(place: place, entry: nil, load: load(of: place, at: worker)))
      case .entries:
        for (entry, at) in queue.table.workers.enumerated() where Int(at.index) == worker {
          units.append(Unit(place: place, entry: entry, load: queue.entries[entry]))
        }
      }
    }
    // Stable, so that equal loads always give the same plan.
    return units.enumerated().sorted { ($1.element.load, $0.offset) < ($0.element.load, $1.offset) }.map(\.element)
  }

  /// Whether a worker has anything of a queue.
  func has(_ worker: Int, _ place: Int) -> Bool {
    counts[place][worker] > 0 || Int(queues[place].table.home.index) == worker
  }

  /// What a worker's part of a queue costs.
  func load(of place: Int, at worker: Int) -> Double {
    let queue = queues[place]
    var load = Int(queue.table.home.index) == worker ? queue.entries[IndirectionTable.entries] : 0
    for (entry, at) in queue.table.workers.enumerated() where Int(at.index) == worker { load += queue.entries[entry] }
    return load
  }

  /// Whether the queue's limits let it move.
  func allows(_ unit: Unit, from: Int, to: Int) -> Bool {
    let queue = queues[unit.place]
    if let workers = queue.workers, !workers.contains(WorkerID(UInt8(to))) { return false }
    let counts = counts[unit.place]
    let movesHome = unit.entry == nil && Int(queue.table.home.index) == from
    if queue.excludesHome {
      let home = movesHome ? to : Int(queue.table.home.index)
      let movesHashed = unit.entry != nil || counts[from] > 0
      if movesHashed && home == to || movesHome && counts[to] > 0 { return false }
    }
    var used = counts.count { $0 > 0 }
    if counts[to] == 0 && (unit.entry != nil || counts[from] > 0) { used += 1 }
    if unit.entry == nil && counts[from] > 0 || counts[from] == 1 { used -= 1 }
    return used <= queue.maximumWorkers
  }

  mutating func move(_ unit: Unit, from: Int, to: Int) {
    loads[from] -= unit.load
    loads[to] += unit.load
    let worker = WorkerID(UInt8(to))
    if let entry = unit.entry {
      queues[unit.place].table.workers[entry] = worker
      counts[unit.place][from] -= 1
      counts[unit.place][to] += 1
    } else {
      queues[unit.place].table.moveAll(from: WorkerID(UInt8(from)), to: worker)
      counts[unit.place][to] += counts[unit.place][from]
      counts[unit.place][from] = 0
    }
  }

  /// The mean square by which loads differ from their mean.
  var variance: Double {
    let mean = loads.reduce(0, +) / Double(loads.count)
    return loads.reduce(0) { $0 + ($1 - mean) * ($1 - mean) } / Double(loads.count)
  }
}
