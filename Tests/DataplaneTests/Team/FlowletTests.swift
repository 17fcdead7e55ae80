import Dataplane
import Testing
import Units

/// Flows over a team whose members' paths differ in delay: frames of one flow arrive in order as long as the paths
/// differ by less than the gap, and members carry about the same.
@Suite struct FlowletTests {
  /// A flow's frame, numbered.
  private static func frame(flow: Int, number: Int, size: Int) -> [UInt8] {
    var frame = ipFrame(
      to: station(9), from: station(0), .udp, sourcePort: 1000 + flow, payload: pattern(size), checksum: .right)
    frame.replaceSubrange(42..<46, with: big16(number >> 16) + big16(number & 0xFFFF))
    return frame
  }

  private static func read(_ frame: [UInt8]) -> (flow: Int, number: Int) {
    let number = frame[42..<46].reduce(0) { $0 << 8 | Int($1) }
    return (Int(frame[34]) << 8 | Int(frame[35]) - 1000, number)
  }

  private static func withTeam(gap: Nanoseconds, _ body: (TestSwitch) throws -> Void) throws {
    let ports = [TestPort(), TestPort(isUplink: true), TestPort(isUplink: true), TestPort(isUplink: true)]
    try withSwitch(ports, teams: [TestTeam(members: [1, 2, 3], gap: gap)]) { bench in
      bench.send(ethernet(to: broadcast, from: station(9)), at: 1)
      _ = bench.takeAll()
      try body(bench)
    }
  }

  /// Bursts with pauses around the gap, members with random delays that differ by less than it, and a worker that is late
  /// in one of 16 passes.
  @Test(arguments: 1...6) func noFrameOvertakesAnotherWhileDelaysDifferByLessThanTheGap(seed: Int) throws {
    var random = SplitMix64(seed: UInt64(seed))
    let gap = Nanoseconds.microseconds([100, 500, 3000][seed % 3])
    try Self.withTeam(gap: gap) { bench in
      let delays = (0..<3).map { _ in UInt64.random(in: 0..<gap.count - 20_000, using: &random) }
      var numbers = [Int](repeating: 0, count: 40)
      var arrivals: [Int: [(time: UInt64, number: Int)]] = [:]
      var used: [Int: Set<Int>] = [:]
      for _ in 0..<4000 {
        bench.now += UInt64.random(in: 0...gap.count / 4, using: &random)
        // Few flows at a time, so that others pause.
        let flow = Int.random(in: 0..<4, using: &random) + Int(bench.now / (2 * gap.count)) % 10 * 4
        for _ in 0..<Int.random(in: 1...12, using: &random) {
          bench.inject(
            Self.frame(flow: flow, number: numbers[flow], size: .random(in: 20...1400, using: &random)), at: 0)
          numbers[flow] += 1
        }
        bench.slowPass(
          taking: Int.random(in: 0..<16, using: &random) == 0 ? .random(in: 0...3 * gap.count, using: &random) : 0)
        for member in 0..<3 {
          for frame in bench.take(member + 1) {
            let (flow, number) = Self.read(frame)
            arrivals[flow, default: []].append((bench.now + delays[member], number))
            used[flow, default: []].insert(member)
          }
        }
      }
      for (flow, frames) in arrivals {
        // Equal moments stay as they were sent.
        let order = frames.enumerated().sorted { ($0.element.time, $0.offset) < ($1.element.time, $1.offset) }
        #expect(order.map(\.element.number) == Array(0..<numbers[flow]), "flow \(flow)")
      }
      #expect(used.values.contains { $0.count > 1 }, "no flow ever moved: this was no test")
      let moves = (0..<3).reduce(0) { $0 + bench.teams[0].flowletMoves(toMember: $1) }
      #expect(moves > 0)
    }
  }

  /// While a flow's last frame waits for the link, the flow stays, however long that takes.
  @Test func aFlowStaysWhileItsFramesWait() throws {
    let slow = LinkRate(BitRate(bitsPerSecond: 1_000_000), overhead: Bytes(0), burst: .microseconds(1))
    defer { slow.deallocate() }
    let ports = [TestPort(), TestPort(isUplink: true, linkRate: slow), TestPort(isUplink: true)]
    try withSwitch(ports, teams: [TestTeam(members: [1, 2], gap: .microseconds(10))]) { bench in
      bench.send(ethernet(to: broadcast, from: station(9)), at: 1)
      _ = bench.takeAll()
      // 1,000 bytes take 8 ms; the first member's load is made to look bad.
      for number in 0..<40 {
        bench.inject(Self.frame(flow: 0, number: number, size: 1000), at: 0)
        for _ in 0..<10 { bench.pass() }
      }
      #expect(bench.take(2).isEmpty)
      while bench.entries[1].outputs[0].count > 0 { bench.pass() }
      #expect(bench.take(1).map { Self.read($0).number } == Array(0..<40))
    }
  }

  /// What a late worker sends leaves when its pass ends: the pause begins then.
  @Test func aFlowStaysWhenItsWorkerWasLate() throws {
    try Self.withTeam(gap: .milliseconds(50)) { bench in
      // All begin on the first member, which carries far more than the others then.
      bench.teams[0].live = 1
      for number in 0..<10 {
        for flow in 0..<10 { bench.send(Self.frame(flow: flow, number: number, size: 1400), at: 0) }
      }
      bench.teams[0].live = 7
      _ = bench.takeAll()
      bench.inject(Self.frame(flow: 0, number: 10, size: 1400), at: 0)
      bench.slowPass(taking: 60_000_000)
      bench.send(Self.frame(flow: 0, number: 11, size: 1400), at: 0)
      #expect(bench.take(1).map { Self.read($0).number } == [10, 11])
      bench.now += 51_000_000
      bench.send(Self.frame(flow: 0, number: 12, size: 1400), at: 0)
      #expect(bench.take(1).isEmpty, "the flow has paused")
    }
  }

  /// Whatever flows begin with, pauses let them spread until no move would help.
  @Test(arguments: [2, 4, 6, 16, 64]) func equalFlowsEndUpEvenlySpread(flows: Int) throws {
    try Self.withTeam(gap: .microseconds(500)) { bench in
      // All begin on the first member.
      bench.teams[0].live = 1
      var carried = [0, 0, 0]
      for round in 0..<2000 {
        if round == 50 { bench.teams[0].live = 7 }
        bench.now += 1_000_000
        for flow in 0..<flows { bench.inject(Self.frame(flow: flow, number: round, size: 1200), at: 0) }
        bench.run()
        for member in 0..<3 {
          let count = bench.take(member + 1).count
          if round >= 1000 { carried[member] += count }
        }
      }
      let share = flows / 3
      for count in carried { #expect(count >= 1000 * share && count <= 1000 * (share + 1), "\(carried)") }
      // Once it is even, it stays.
      let moves = (0..<3).reduce(0) { $0 + bench.teams[0].flowletMoves(toMember: $1) }
      #expect(moves <= flows)
    }
  }

  @Test func activeFlowsAreCountedByMember() throws {
    try Self.withTeam(gap: .microseconds(500)) { bench in
      for flow in 0..<12 { bench.send(Self.frame(flow: flow, number: 0, size: 1000), at: 0) }
      #expect(bench.teams[0].activeFlows(now: bench.now, within: .seconds(1)) == [4, 4, 4])
      #expect(bench.teams[0].activeFlows(now: bench.now + 2_000_000_000, within: .seconds(1)) == [0, 0, 0])
    }
  }
}

/// The word that a flow's last frame is kept as.
@Suite struct FlowletWordTests {
  @Test func holdsWhatItWasMadeOf() {
    let flowlet = Flowlet(member: 31, worker: 63, number: 4095, now: 1 << 45)
    #expect(flowlet.isSet && flowlet.member == 31 && flowlet.worker == 63 && flowlet.number == 4095)
    #expect(!Flowlet(word: 0).isSet)
  }

  @Test func agesByTheClockAlsoWhereItWraps() {
    let wrap: UInt64 = 1 << 46
    for now: UInt64 in [0, wrap - 5000, wrap, 123 * wrap - 64_000] {
      let flowlet = Flowlet(member: 1, worker: 0, number: 1, now: now)
      #expect(!flowlet.isOlder(than: 500_000, now: now))
      #expect(!flowlet.isOlder(than: 500_000, now: now + 500_000))
      #expect(flowlet.isOlder(than: 500_000, now: now + 500_192))
      // Another worker's clock is behind.
      #expect(!flowlet.isOlder(than: 500_000, now: now &- 1_000_000))
    }
  }

  @Test func knowsWhetherItWaits() {
    for removed: UInt64 in [0, 4090, 4096 * 7 + 4000] {
      for count in [1, 20, 2048] {
        for ahead in [1, count] {
          let flowlet = Flowlet(member: 0, worker: 0, number: removed + UInt64(ahead), now: 0)
          #expect(flowlet.isAmong(count, after: removed))
          #expect(!flowlet.isAmong(ahead - 1, after: removed))
        }
        #expect(!Flowlet(member: 0, worker: 0, number: removed, now: 0).isAmong(count, after: removed))
      }
    }
  }
}
