import Dataplane
import Testing
import Units

/// Long random runs: many flows, entries and workers, moves all the time, rings that overflow.
@Suite struct HandOverModelTests {
  struct Case: Sendable, CustomTestStringConvertible {
    var seed: UInt64
    var isNative: Bool
    var workers: Int
    var ringSize: Int
    var testDescription: String { "seed \(seed), \(isNative ? "native" : "generic"), \(workers) workers, \(ringSize)" }

    static let all: [Case] = [false, true].flatMap { isNative in
      [(2, 4), (3, 8), (4, 64)].flatMap { workers, ringSize in
        (1...4).map { Case(seed: $0, isNative: isNative, workers: workers, ringSize: ringSize) }
      }
    }
  }

  /// One random step after another, then to the end.
  static func run(_ bench: HandOverBench, seed: UInt64, steps: Int) -> Bool {
    var random = SplitMix64(seed: seed)
    let options = bench.options
    for _ in 0..<steps {
      switch Int.random(in: 0..<100, using: &random) {
      case 0..<45:
        bench.give(
          stream: .random(in: 0..<options.streams, using: &random), flow: .random(in: 0..<24, using: &random))
      case 45..<60:
        let stream = Int.random(in: 0..<options.streams, using: &random)
        if bench.isPolling(stream) { bench.publish(stream) }
      case 60..<80: bench.pass(.random(in: 0..<options.workers, using: &random))
      case 80..<90: bench.deliver(from: .random(in: 0..<options.workers, using: &random))
      case 90..<94:
        bench.move(
          entry: .random(in: 0..<options.entries, using: &random), to: .random(in: 0..<options.workers, using: &random))
      case 94:
        bench.moveQueue(
          from: .random(in: 0..<options.workers, using: &random), to: .random(in: 0..<options.workers, using: &random))
      case 95 where options.maximum != nil: bench.changePlan()
      case 96:
        bench.rearrange((0..<options.entries).map { _ in .random(in: 0..<options.workers, using: &random) })
      default: bench.settle()
      }
    }
    return bench.finish()
  }

  @Test("order is kept under random schedules", arguments: Case.all)
  func order(_ one: Case) throws {
    let bench = try HandOverBench(
      .init(workers: one.workers, streams: 3, entries: 8, isNative: one.isNative, ringSize: one.ringSize))
    #expect(Self.run(bench, seed: one.seed, steps: 60_000))
    #expect(bench.outOfOrder == 0)
    #expect(bench.delivered + bench.dropped == bench.sent)
    #expect(bench.moves > 300)
    #expect(bench.report.heldFrames > 100)
    #expect(bench.report.expired == 0)
    #expect(bench.accountedChunks == bench.chunks)
    if one.ringSize == 4 { #expect(bench.dropped > 1000) }
  }

  @Test("frames that wait for a rate leave before those of the new worker, under changing plans", arguments: 1...4)
  func managed(seed: Int) throws {
    let bench = try HandOverBench(
      .init(workers: 3, streams: 3, entries: 8, maximum: BitRate(bitsPerSecond: 300_000_000)))
    #expect(Self.run(bench, seed: UInt64(seed), steps: 20_000))
    #expect(bench.outOfOrder == 0)
    #expect(bench.delivered + bench.dropped == bench.sent)
    #expect(bench.moves > 20)
    #expect(bench.report.expired == 0)
  }

  @Test("a frame that never comes is waited for one second, and the wait is counted")
  func lostFrame() throws {
    let bench = try HandOverBench(.init())
    bench.lose(stream: 0, worker: 0)
    #expect(bench.move(entry: 0, to: 1))
    bench.give(stream: 0, flow: 0)
    while bench.isPolling(0) { bench.publish(0) }
    for worker in [1, 0, 1] { bench.pass(worker) }
    bench.deliver(from: 1)
    #expect(bench.delivered == 0)
    bench.wait(nanoseconds: 1_100_000_000)
    #expect(bench.finish())
    #expect(bench.report.expired == 1)
    #expect(bench.report.heldFrames == 1)
    // Once given up it is forgotten.
    #expect(bench.move(entry: 0, to: 0))
    #expect(bench.move(entry: 1, to: 0))
    bench.give(stream: 0, flow: 0)
    #expect(bench.finish())
    #expect(bench.report.expired == 1)
  }

  @Test("random schedules without a hand-over lose the order")
  func withoutHandOver() throws {
    let bench = try HandOverBench(.init(workers: 3, streams: 3, entries: 8, announcesMoves: false))
    #expect(Self.run(bench, seed: 1, steps: 60_000))
    #expect(bench.outOfOrder > 100)
  }
}
