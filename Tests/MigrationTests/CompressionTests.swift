import Migration
import Testing
import Units

/// Memory that is sent over a link as `choice` says: what each level compresses it to, and how many bytes of it a second.
private struct CompressedStream {
  var speeds: [CompressionLevel: (ratio: Double, bytesPerSecond: Double)]
  var choice = LevelChoice()
  var time = 1.0
  var acknowledged = 0.0
  /// Spent with each level.
  var seconds: [CompressionLevel: Double] = [:]

  /// Goes on until a moment, over a link of so many bytes a second.
  mutating func run(link: Double, until end: Double) {
    while time < end {
      let level = choice.level
      let (ratio, speed) = speeds[level]!
      let step = Double(1 << 20) / min(speed, link / ratio)
      time += step
      acknowledged += Double(1 << 20) * ratio
      seconds[level, default: 0] += step
      choice.note(
        guestBytes: 1 << 20, wireBytes: Int(Double(1 << 20) * ratio), acknowledged: UInt64(acknowledged),
        at: Nanoseconds(UInt64(time * 1e9)))
    }
  }
}

struct LevelChoiceTests {
  @Test(arguments: [
    (12.5e6, CompressionLevel.zstd3), (125e6, .zstd1), (600e6, .lz4), (3e9, .none),
  ])
  func `settles on what moves the most memory over the link`(link: Double, best: CompressionLevel) {
    // At 125 MB/s: zstd 1 brings 208, zstd 3 its own 200.
    var stream = CompressedStream(speeds: [.none: (1, 5e9), .lz4: (0.7, 1e9), .zstd1: (0.6, 4e8), .zstd3: (0.55, 2e8)])
    stream.run(link: link, until: 7)
    #expect(stream.seconds.max { $0.value < $1.value }!.key == best)
  }

  @Test func `changes its mind when the link does`() {
    let compressed = (ratio: 0.5, bytesPerSecond: 3e8)
    var stream = CompressedStream(
      speeds: [.none: (1, 5e9), .lz4: compressed, .zstd1: compressed, .zstd3: compressed])
    stream.run(link: 1e8, until: 9)
    #expect(stream.choice.level != .none)
    stream.run(link: 4e9, until: 20)
    #expect(stream.choice.level == .none)
  }
}

extension LevelChoiceTests {
  @Test func `what brings less than a tenth more is not worth its CPU time`() {
    let little = (ratio: 0.94, bytesPerSecond: 5e9)
    var stream = CompressedStream(speeds: [.none: (1, 5e9), .lz4: little, .zstd1: little, .zstd3: little])
    stream.run(link: 1e8, until: 7)
    #expect(stream.choice.isSettled && stream.choice.level == .none)
  }

  @Test func `where the cheapest level does not pay, costlier ones are not tried`() {
    var stream = CompressedStream(speeds: [.none: (1, 5e9), .lz4: (0.5, 8e8), .zstd1: (0.4, 4e8), .zstd3: (0.3, 2e8)])
    stream.run(link: 1e9, until: 7)
    #expect(stream.choice.level == .none)
    #expect(stream.seconds[.lz4] != nil && stream.seconds[.zstd1] == nil && stream.seconds[.zstd3] == nil)
  }
}

struct IdleCyclesTests {
  @Test func `threads that wait for a CPU become fewer, and come back when it is idle`() {
    var idle = IdleCycles(threads: 4)
    let busy = (ran: Nanoseconds.milliseconds(20), waited: Nanoseconds.milliseconds(20))
    idle.note(ran: busy.ran, waited: busy.waited, at: .seconds(1))
    #expect(idle.limit == 2)
    idle.note(ran: busy.ran, waited: busy.waited, at: .seconds(1))
    idle.note(ran: busy.ran, waited: busy.waited, at: .seconds(1))
    #expect(idle.limit == 0)
    #expect(idle.backoffs == 3)
    idle.recover(at: .milliseconds(1_400))
    #expect(idle.limit == 0)
    for step in 0..<4 { idle.recover(at: .milliseconds(1_500 + 100 * UInt64(step))) }
    #expect(idle.limit == 4)
  }

  /// The migration's own threads want a CPU, too.
  @Test func `the last thread goes on unless it waits two fifths of the time`() {
    var idle = IdleCycles(threads: 2)
    for _ in 0..<9 { idle.note(ran: .milliseconds(14), waited: .milliseconds(6), at: .seconds(1)) }
    #expect(idle.limit == 1)
    idle.note(ran: .milliseconds(10), waited: .milliseconds(10), at: .seconds(1))
    #expect(idle.limit == 0)
  }

  @Test func `a little waiting is no sign`() {
    var idle = IdleCycles(threads: 2)
    for _ in 0..<100 { idle.note(ran: .milliseconds(10), waited: .milliseconds(1), at: .seconds(1)) }
    #expect(idle.limit == 2)
  }
}

struct ThrottleTests {
  @Test func `writers are slowed down step by step while rounds do not get shorter`() {
    var rule = ConvergenceRule()
    let round = RoundFigures(pages: 1000, bytes: 4 << 20, seconds: 1)
    #expect(rule.throttle(0, done: [round], pages: 900) == 0)
    rule.throttles = true
    #expect(rule.throttle(0, done: [round], pages: 400) == 0)
    #expect(rule.throttle(0, done: [round], pages: 900) == 20)
    #expect(rule.throttle(20, done: [round], pages: 900) == 30)
    #expect(rule.throttle(95, done: [round], pages: 900) == 99)
    #expect(rule.throttle(50, done: [round], pages: 100) == 50)
  }

  @Test func `a share of the rate is granted from when it was set`() {
    var budget = WriteBudget(bytesPerSecond: Bytes(4096 * 1000), start: .seconds(1))
    #expect(budget.take(at: .milliseconds(1_100)) == 100)
    budget.share = 0.1
    #expect(budget.take(at: .milliseconds(1_200)) == 10)
    budget.share = 1
    #expect(budget.take(at: .milliseconds(1_300)) == 100)
  }
}
