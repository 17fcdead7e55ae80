import Steering
import Units

/// Workers that carry what is asked of their entries as far as they can, and a rebalancer that sees what a switch would
/// measure of it: loads that stop at 1, and of each entry only what was carried.
struct SimulatedSwitch {
  var workers: Int
  var tables: [IndirectionTable]
  var rebalancer: Rebalancer
  var freedom = QueueLoad.Freedom.entries
  private(set) var now = Nanoseconds.seconds(100)
  private(set) var moves: [(at: Nanoseconds, move: PlannedMove)] = []
  /// Of the ticks in the window: worker loads, entry loads.
  private var window: [(workers: [Double], entries: [[Double]])] = []

  static let tick = Nanoseconds.milliseconds(250)

  init(workers: Int, tables: [IndirectionTable], policy: RebalancePolicy = RebalancePolicy()) {
    (self.workers, self.tables) = (workers, tables)
    rebalancer = Rebalancer(policy, at: now)
  }

  /// Goes on by one tick in which entries ask for so much, by queue; the last element is what cannot be hashed. Returns
  /// what was carried.
  mutating func step(_ demand: [[Double]]) -> Double {
    now = now + Self.tick
    let asked = Self.workerLoads(tables, demand, workers: workers)
    let part = asked.map { $0 > 1 ? 1 / $0 : 1 }
    let entries = zip(tables, demand).map { table, demand in
      demand.enumerated().map { entry, load in load * part[Self.worker(of: entry, in: table)] }
    }
    window.append((asked.map { min(1, $0) }, entries))
    if window.count > 4 { window.removeFirst() }
    let loads = mean(window.map(\.workers))
    rebalancer.saw(loads, at: now)
    let plan = rebalancer.plan(SwitchLoad(workers: loads, queues: queues()), at: now)
    for move in plan.moves {
      if let entry = move.entry {
        tables[Int(move.queue.index)].workers[entry] = WorkerID(UInt8(move.to))
      } else {
        tables[Int(move.queue.index)].moveAll(from: WorkerID(UInt8(move.from)), to: WorkerID(UInt8(move.to)))
      }
      rebalancer.made(move, at: now)
      moves.append((now, move))
    }
    return asked.reduce(0) { $0 + min(1, $1) }
  }

  private func queues() -> [QueueLoad] {
    tables.indices.map { queue in
      QueueLoad(
        queue: QueueID(UInt16(queue)), table: tables[queue], freedom: freedom,
        entries: mean(window.map { $0.entries[queue] }))
    }
  }

  private func mean(_ rows: [[Double]]) -> [Double] {
    rows[0].indices.map { column in rows.reduce(0) { $0 + $1[column] } / Double(rows.count) }
  }

  static func worker(of entry: Int, in table: IndirectionTable) -> Int {
    Int((entry < IndirectionTable.entries ? table.workers[entry] : table.home).index)
  }

  static func workerLoads(_ tables: [IndirectionTable], _ demand: [[Double]], workers: Int) -> [Double] {
    var loads = Array(repeating: 0.0, count: workers)
    for (table, demand) in zip(tables, demand) {
      for (entry, load) in demand.enumerated() { loads[worker(of: entry, in: table)] += load }
    }
    return loads
  }

  /// What a placement carries that is made with knowledge of the demand: each entry, the heaviest first, to the worker
  /// with the least load. What cannot be hashed counts as an entry here.
  static func bestPlacement(_ demand: [[Double]], workers: Int) -> (carried: Double, tables: [IndirectionTable]) {
    var loads = Array(repeating: 0.0, count: workers)
    var tables = demand.map { _ in IndirectionTable(only: WorkerID(0)) }
    let entries = demand.enumerated().flatMap { queue, row in row.enumerated().map { (queue, $0.offset, $0.element) } }
    for (queue, entry, load) in entries.sorted(by: { $0.2 > $1.2 }) where load > 0 {
      let least = loads.indices.min { loads[$0] < loads[$1] }!
      loads[least] += load
      if entry < IndirectionTable.entries { tables[queue].workers[entry] = WorkerID(UInt8(least)) }
    }
    return (loads.reduce(0) { $0 + min(1, $1) }, tables)
  }
}

/// What 16 VMs ask of a switch: at random moments, some 8 s apart, they share the whole anew, and their flows too.
struct ShiftingDemand {
  private var random: Generator
  private(set) var demand: [[Double]] = []
  private(set) var shifts = 0
  private var ticksLeft = 0
  let total: Double
  private static let vms = 16
  /// Flows of a VM.
  private static let flows = 12

  init(seed: UInt64, total: Double) {
    random = Generator(state: seed)
    self.total = total
  }

  mutating func next() -> [[Double]] {
    if ticksLeft == 0 {
      ticksLeft = 16 + random.below(32)
      shifts += 1
      let weights = (0..<Self.vms).map { _ in Double(1 + random.below(100)) * Double(1 + random.below(100)) }
      let sum = weights.reduce(0, +)
      demand = weights.map { weight in
        var entries = Array(repeating: 0.0, count: QueueLoad.entryCount)
        let share = weight / sum * total
        for _ in 0..<Self.flows { entries[random.below(IndirectionTable.entries)] += share / Double(Self.flows) }
        return entries
      }
    }
    ticksLeft -= 1
    return demand
  }
}
