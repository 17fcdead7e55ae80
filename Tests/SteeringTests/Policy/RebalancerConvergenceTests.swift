import Steering
import Testing
import Units

/// What a rebalanced switch carries of a load that shifts, against placements made with knowledge of it.
@Suite struct RebalancerConvergenceTests {
  struct Result {
    var carried = 0.0
    var oracle = 0.0
    var asked = 0.0
    var best = 0.0
    var simulated: SimulatedSwitch
  }

  /// Tables of 16 VMs, each over all workers.
  private static func spread(over workers: Int) -> [IndirectionTable] {
    (0..<16).map { number in
      IndirectionTable(
        home: WorkerID(UInt8(number % workers)), spreadOver: (0..<workers).map { WorkerID(UInt8($0)) })
    }
  }

  /// Ten minutes of 16 VMs on 8 workers.
  static func run(seed: UInt64, total: Double) -> Result {
    let workers = 8
    var result = Result(simulated: SimulatedSwitch(workers: workers, tables: spread(over: workers)))
    var source = ShiftingDemand(seed: seed, total: total)
    var recorded: [[[Double]]] = []
    var oracle = (carried: 0.0, shift: 0)
    for _ in 0..<(600 * 4) {
      let demand = source.next()
      if source.shifts != oracle.shift {
        oracle = (SimulatedSwitch.bestPlacement(demand, workers: workers).carried, source.shifts)
      }
      result.carried += result.simulated.step(demand)
      result.oracle += oracle.carried
      result.asked += demand.joined().reduce(0, +)
      recorded.append(demand)
    }
    // The one table that is best for the mean of all.
    var mean = recorded[0]
    for demand in recorded.dropFirst() {
      for queue in demand.indices { for entry in demand[queue].indices { mean[queue][entry] += demand[queue][entry] } }
    }
    let best = SimulatedSwitch.bestPlacement(mean, workers: workers).tables
    result.best = recorded.reduce(0) { sum, demand in
      sum + SimulatedSwitch.workerLoads(best, demand, workers: workers).reduce(0) { $0 + min(1, $1) }
    }
    return result
  }

  @Test(
    "carries 95 % of what a placement made anew with each shift carries", arguments: [1, 2, 3, 4], [3.0, 5.0, 6.5])
  func againstOracle(seed: UInt64, total: Double) {
    let result = Self.run(seed: seed, total: total)
    #expect(result.carried >= 0.95 * result.oracle, "\(result.carried / result.oracle)")
    // Workers that were joined while it was quiet have too much for a moment when the load shifts.
    #expect(
      result.carried >= min(result.best, 0.999 * result.asked),
      "\(result.carried / result.best) of the best single table")
    #expect(!result.simulated.moves.isEmpty)
  }

  @Test("a load that does not change is not moved to and fro", arguments: [1, 2, 3], [5.0, 7.5])
  func settles(seed: UInt64, total: Double) {
    var source = ShiftingDemand(seed: seed, total: total)
    let demand = source.next()
    let tables = (0..<16).map { IndirectionTable(only: WorkerID(UInt8($0 % 8))) }
    var simulated = SimulatedSwitch(workers: 8, tables: tables)
    for _ in 0..<(90 * 4) { _ = simulated.step(demand) }
    let settled = simulated.moves.count
    for _ in 0..<(300 * 4) { _ = simulated.step(demand) }
    #expect(simulated.moves.count == settled, "\(simulated.moves.count - settled) more")
  }

  @Test("within 3 s of a shift the switch carries 95 % of the best placement")
  func threeSeconds() {
    var random = Generator(state: 3)
    var simulated = SimulatedSwitch(workers: 8, tables: Self.spread(over: 8))
    for shift in 0..<20 {
      // All goes to two VMs.
      var demand = (0..<16).map { _ in Array(repeating: 0.0, count: QueueLoad.entryCount) }
      for vm in [shift % 16, (shift * 5 + 3) % 16] {
        for _ in 0..<20 { demand[vm][random.below(128)] += 0.15 }
      }
      for _ in 0..<(3 * 4) { _ = simulated.step(demand) }
      let best = SimulatedSwitch.bestPlacement(demand, workers: 8).carried
      #expect(simulated.step(demand) >= 0.95 * best)
      for _ in 0..<(5 * 4) { _ = simulated.step(demand) }
    }
  }
}
