import Dataplane
import Testing

/// Every schedule of a small case: an entry moves from one worker to another, or all do by a new arrangement, while a flow
/// of it passes, and the driver, both workers, the receiver on either CPU and control take their steps in every order
/// there is.
@Suite struct HandOverScheduleTests {
  enum Change: CaseIterable { case move, arrangement }

  /// Who can take how many steps.
  struct Actor {
    var steps: Int
    var act: (HandOverBench, Int) -> Void
  }

  /// Frames of one flow and of another that stays, in one poll; or published one by one.
  static func actors(isNative: Bool, _ change: Change = .move) -> [Actor] {
    [
      // Three frames of flow 0 in one poll, and the poll's end: up to two sockets.
      Actor(steps: isNative ? 5 : 3) { bench, step in
        if step < 3 { bench.give(stream: 0, flow: 0) } else if bench.isPolling(0) { bench.publish(0) }
      },
      Actor(steps: 1) { bench, _ in
        switch change {
        case .move: bench.move(entry: 0, to: 1 - bench.entryWorker[0])
        case .arrangement: bench.rearrange(bench.entryWorker.map { 1 - $0 })
        }
      },
      Actor(steps: 2) { bench, _ in bench.pass(0) },
      Actor(steps: 2) { bench, _ in bench.pass(1) },
      Actor(steps: 1) { bench, _ in bench.deliver(from: 0) },
      Actor(steps: 1) { bench, _ in bench.deliver(from: 1) },
    ]
  }

  /// Runs every interleaving of the actors' steps, one after another on one bench, each to its end. Returns how many.
  static func explore(_ bench: HandOverBench, _ actors: [Actor]) -> Int {
    let total = actors.reduce(0) { $0 + $1.steps }
    var order = actors.indices.flatMap { Array(repeating: $0, count: actors[$0].steps) }
    var runs = 0
    repeat {
      var taken = Array(repeating: 0, count: actors.count)
      for i in 0..<total {
        actors[order[i]].act(bench, taken[order[i]])
        taken[order[i]] += 1
      }
      guard bench.finish() else { return -1 }
      runs += 1
    } while nextPermutation(&order)
    return runs
  }

  /// The next permutation of a multiset in lexicographic order; false after the last.
  static func nextPermutation(_ a: inout [Int]) -> Bool {
    guard let i = (1..<a.count).last(where: { a[$0 - 1] < a[$0] }) else { return false }
    let j = (i..<a.count).last { a[$0] > a[i - 1] }!
    a.swapAt(i - 1, j)
    a[i...].reverse()
    return true
  }

  @Test("no schedule lets a frame overtake another of its flow", arguments: [false, true], Change.allCases)
  func everySchedule(isNative: Bool, change: Change) throws {
    let bench = try HandOverBench(.init(isNative: isNative))
    let runs = Self.explore(bench, Self.actors(isNative: isNative, change))
    // 12! / (5! 2! 2!) and 10! / (3! 2! 2!).
    #expect(runs == (isNative ? 997_920 : 151_200))
    #expect(bench.outOfOrder == 0)
    #expect(bench.delivered == bench.sent)
    #expect(bench.report.heldFrames > 1000)
    #expect(bench.report.expired == 0)
    #expect(bench.accountedChunks == bench.chunks)
  }

  @Test("the same schedules without a hand-over do", arguments: [false, true])
  func withoutHandOver(isNative: Bool) throws {
    let bench = try HandOverBench(.init(isNative: isNative, announcesMoves: false))
    #expect(Self.explore(bench, Self.actors(isNative: isNative)) > 0)
    #expect(bench.outOfOrder > 1000)
  }
}
