import Steering
import Testing
import Units

@Suite struct RebalancerTests {
  static let start = Nanoseconds.seconds(100)
  /// Long after the start: nothing is too early.
  static let later = Nanoseconds.seconds(1000)

  static func plan(_ load: SwitchLoad) -> RebalancePlan {
    var rebalancer = Rebalancer(RebalancePolicy(), at: start)
    return rebalancer.plan(load, at: later)
  }

  /// A queue with these loads at entries 0, 1, … of one worker, spread.
  static func queue(
    _ loads: [Double], number: UInt16 = 1, at worker: UInt8 = 0, freedom: QueueLoad.Freedom = .entries,
    maximumWorkers: Int = .max, excludesHome: Bool = false
  ) -> QueueLoad {
    var entries = Array(repeating: 0.0, count: QueueLoad.entryCount)
    entries.replaceSubrange(0..<loads.count, with: loads)
    return QueueLoad(
      queue: QueueID(number), table: IndirectionTable(only: WorkerID(worker)), freedom: freedom,
      maximumWorkers: maximumWorkers, excludesHome: excludesHome, entries: entries)
  }

  @Test("below the upper threshold nothing is given away")
  func notOverloaded() {
    #expect(Self.plan(SwitchLoad(workers: [0.89, 0], queues: [Self.queue([0.5, 0.39])])).moves.isEmpty)
  }

  @Test("the heaviest entry that fits goes first, to the least loaded worker")
  func heaviestFirst() {
    let load = SwitchLoad(workers: [1, 0.3, 0.2], queues: [Self.queue([0.45, 0.35, 0.15, 0.05])])
    let moves = Self.plan(load).moves
    #expect(moves.first == PlannedMove(queue: QueueID(1), entry: 1, from: 0, to: 2, load: 0.35, reason: .overload))
    #expect(moves.allSatisfy { $0.from == 0 })
  }

  @Test("two flows that fill a worker are parted, even if neither is small")
  func twoHeavy() {
    let moves = Self.plan(SwitchLoad(workers: [1, 0.1], queues: [Self.queue([0.5, 0.5])])).moves
    #expect(moves.map(\.to) == [1])
  }

  @Test("a flow that alone fills a worker stays and is named; what is beside it goes")
  func loneFlow() {
    let plan = Self.plan(SwitchLoad(workers: [1, 0.1], queues: [Self.queue([0.9, 0.1])]))
    #expect(plan.moves.map(\.entry) == [1])
    #expect(plan.lone.map(\.entry) == [0])
    #expect(plan.lone.map(\.worker) == [0])
    let alone = Self.plan(SwitchLoad(workers: [1, 0], queues: [Self.queue([1])]))
    #expect(alone.moves.isEmpty)
    #expect(alone.lone.count == 1)
  }

  @Test("a gain below the minimum is not worth a move")
  func minimumGain() {
    // Of eight workers one is a little above the others.
    var queues = (1..<8).map { Self.queue([0.75], number: UInt16($0), at: UInt8($0)) }
    queues.append(Self.queue([0.89, 0.01], number: 8))
    let load = SwitchLoad(workers: [0.9] + Array(repeating: 0.75, count: 7), queues: queues)
    #expect(Self.plan(load).moves.isEmpty)
  }

  @Test("a queue that is not spread goes as a whole, if it fits; one that must stay stays")
  func wholeQueues() {
    let queues = [
      Self.queue([0.4], number: 1, freedom: .whole), Self.queue([0.3], number: 2, freedom: .none),
      Self.queue([0.3], number: 3, freedom: .whole),
    ]
    let moves = Self.plan(SwitchLoad(workers: [1, 0], queues: queues)).moves
    #expect(moves == [PlannedMove(queue: QueueID(1), entry: nil, from: 0, to: 1, load: 0.4, reason: .overload)])
  }

  @Test("what cannot be hashed stays on the home worker")
  func unhashable() {
    var queue = Self.queue([0.2])
    queue.entries[IndirectionTable.entries] = 0.8
    #expect(Self.plan(SwitchLoad(workers: [1, 0], queues: [queue])).moves.map(\.entry) == [0])
  }

  @Test("quiet workers are joined, the least loaded to the most loaded with room, until one is left")
  func coalescing() {
    let tables = (0..<16).map { IndirectionTable(only: WorkerID(UInt8($0 % 8))) }
    var policy = RebalancePolicy()
    policy.minimumInterval = .seconds(10)
    var simulated = SimulatedSwitch(workers: 8, tables: tables, policy: policy)
    simulated.freedom = .whole
    let quiet = (0..<16).map { _ in Array(repeating: 0.0001, count: QueueLoad.entryCount) }
    for _ in 0..<(40 * 4) { _ = simulated.step(quiet) }
    #expect(simulated.tables.allSatisfy { $0 == IndirectionTable(only: WorkerID(0)) })
    let count = simulated.moves.count
    for _ in 0..<(40 * 4) { _ = simulated.step(quiet) }
    #expect(simulated.moves.count == count)
  }

  @Test("workers are joined only up to the lower threshold, and not when one would keep something")
  func coalescingLimits() {
    func moves(_ workers: [Double], _ queues: [QueueLoad]) -> [PlannedMove] {
      Self.plan(SwitchLoad(workers: workers, queues: queues)).moves
    }
    let two = [Self.queue([0.31], number: 1, at: 0), Self.queue([0.3], number: 2, at: 1)]
    #expect(moves([0.31, 0.3], two).isEmpty)
    #expect(moves([0.3, 0.3], two).map(\.from) == [1])
    let fixed = [
      Self.queue([0.1], number: 1, at: 0, freedom: .none), Self.queue([0.1], number: 2, at: 1, freedom: .none),
    ]
    #expect(moves([0.1, 0.1], fixed).isEmpty)
  }

  @Test("workers are joined only when none was overloaded for the minimum interval")
  func quietLongEnough() {
    var rebalancer = Rebalancer(RebalancePolicy(), at: Self.start)
    let load = SwitchLoad(
      workers: [0.1, 0.1], queues: [Self.queue([0.1], number: 1), Self.queue([0.1], number: 2, at: 1)])
    rebalancer.saw([1, 0.1], at: Self.later)
    #expect(rebalancer.plan(load, at: Self.later + .seconds(59)).moves.isEmpty)
    #expect(rebalancer.plan(load, at: Self.later + .seconds(60)).moves.count == 1)
  }

  @Test("what has moved stays for the minimum interval unless its load grows to twice as much")
  func minimumInterval() {
    var rebalancer = Rebalancer(RebalancePolicy(), at: Self.start)
    let load = SwitchLoad(workers: [1, 0], queues: [Self.queue([0.24, 0.24, 0.24, 0.24])])
    let move = rebalancer.plan(load, at: Self.later).moves[0]
    rebalancer.made(move, at: Self.later)
    func wants(_ load: SwitchLoad, after time: Nanoseconds) -> Bool {
      rebalancer.plan(load, at: Self.later + time).moves.contains { $0.entry == move.entry }
    }
    #expect(!wants(load, after: .milliseconds(999)))
    #expect(!wants(load, after: .seconds(59)))
    #expect(wants(load, after: .seconds(60)))
    // Where it went it may have to contend, or have little to do.
    var changed = load
    changed.queues[0].entries[move.entry!] = 0.1
    #expect(!wants(changed, after: .seconds(2)))
    #expect(!wants(changed, after: .seconds(3)))
    changed.queues[0].entries[move.entry!] = 0.49
    #expect(wants(changed, after: .seconds(3)))
  }

  @Test("what only grows because there is room for it where it went does not move again")
  func heldBack() {
    var rebalancer = Rebalancer(RebalancePolicy(), at: Self.start)
    // Four that ask for half a worker each share one; another one is full of something else.
    let load = SwitchLoad(workers: [1, 0, 0.5], queues: [Self.queue([0.25, 0.25, 0.25, 0.25])])
    let move = rebalancer.plan(load, at: Self.later).moves[0]
    rebalancer.made(move, at: Self.later)
    func wants(_ entry: Double, after time: Nanoseconds) -> Bool {
      let other = Self.queue([0.45], number: 2, at: 1, freedom: .none)
      var grown = SwitchLoad(workers: [0.6, 0.95, 0], queues: [Self.queue([0.6]), other])
      grown.queues[0].table.workers[move.entry!] = WorkerID(UInt8(move.to))
      grown.queues[0].entries[move.entry!] = entry
      return rebalancer.plan(grown, at: Self.later + time).moves.contains { $0.entry == move.entry }
    }
    #expect(!wants(0.55, after: .seconds(1)))
    #expect(!wants(0.55, after: .seconds(2)))
    #expect(!wants(0.2, after: .seconds(3)))
  }

  @Test("properties of plans hold for any loads")
  func properties() {
    var random = Generator(state: 5)
    var moves = 0
    for _ in 0..<2000 {
      let workers = 1 + random.below(12)
      var load = SwitchLoad(workers: Array(repeating: 0, count: workers), queues: [])
      for number in 0..<random.below(8) {
        var queue = Self.queue([], number: UInt16(number))
        queue.freedom = random.pick([.none, .whole, .entries, .entries])
        queue.maximumWorkers = 1 + random.below(workers)
        queue.excludesHome = workers > 1 && queue.freedom == .entries && random.chance(20)
        let home = random.below(workers)
        let spread = (0..<queue.maximumWorkers).map { (home + $0 + (queue.excludesHome ? 1 : 0)) % workers }
          .filter { !queue.excludesHome || $0 != home }
        queue.table = IndirectionTable(
          home: WorkerID(UInt8(home)),
          spreadOver: queue.freedom == .whole ? [WorkerID(UInt8(home))] : spread.map { WorkerID(UInt8($0)) })
        for entry in 0..<QueueLoad.entryCount where random.chance(10) {
          queue.entries[entry] = Double(random.below(1000)) / 4000
          load.workers[SimulatedSwitch.worker(of: entry, in: queue.table)] += queue.entries[entry]
        }
        load.queues.append(queue)
      }
      load.workers = load.workers.map { min(1, $0) }
      let plan = Self.plan(load)
      moves += plan.moves.count
      check(plan, load)
    }
    #expect(moves > 2000)
  }

  private func check(_ plan: RebalancePlan, _ load: SwitchLoad) {
    var loads = load.workers
    var tables = Dictionary(uniqueKeysWithValues: load.queues.map { ($0.queue, $0.table) })
    var seen: Set<[Int]> = []
    for move in plan.moves {
      let queue = load.queues.first { $0.queue == move.queue }!
      #expect(queue.freedom != .none)
      #expect(move.from != move.to && load.workers.indices.contains(move.to))
      #expect(move.reason == .coalesce || load.workers[move.from] >= 0.9, "only from an overloaded worker")
      #expect(seen.insert([Int(move.queue.index), move.entry ?? -1]).inserted, "moves once")
      loads[move.from] -= move.load
      loads[move.to] += move.load
      if let entry = move.entry {
        #expect(tables[move.queue]!.workers[entry].index == move.from)
        tables[move.queue]!.workers[entry] = WorkerID(UInt8(move.to))
      } else {
        tables[move.queue]!.moveAll(from: WorkerID(UInt8(move.from)), to: WorkerID(UInt8(move.to)))
      }
      let table = tables[move.queue]!
      #expect(Set(table.workers).count <= queue.maximumWorkers)
      if queue.excludesHome { #expect(!table.workers.contains(table.home)) }
    }
    let isJoining = plan.moves.contains { $0.reason == .coalesce }
    #expect(loads.max()! <= (isJoining ? max(0.6, load.workers.max()!) : load.workers.max()!) + 1e-9)
  }
}
