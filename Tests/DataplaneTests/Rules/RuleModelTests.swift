import CMillraceABI
import Dataplane
import Foundation
import Testing
import Units

/// Whether what takes too long for every run is wanted (Scripts/accept).
let isAcceptance = ProcessInfo.processInfo.environment["MILLRACE_ACCEPT"] != nil

@Suite struct RuleModelTests {
  /// Random rules at both ports, random frames through the whole road: drops by reason, and every rule's frames and
  /// bytes, are what a plain reading of the rules says.
  @Test(arguments: 0..<4)
  func whatRulesDoIsWhatAPlainReadingOfThemSays(seed: Int) throws {
    let sets = (isAcceptance ? 1250 : 60)
    let framesOfASet = isAcceptance ? 2000 : 1000
    var generator = RuleGenerator(seed: UInt64(seed))
    for _ in 0..<sets {
      var one = RuleGenerator(seed: generator.random.next())
      let rules = [one.rules(), one.rules(), one.rules(), one.rules()]
      let ports = rules.indices.filter { $0 % 2 == 0 }.map { i in
        TestPort(vlan: .access(0), rules: (in: rules[i], out: rules[i + 1]))
      }
      try withSwitch(ports + [TestPort()]) { bench in
        var judges = rules.indices.map { NaiveJudge(rules[$0], isIn: $0 % 2 == 0) }
        var drops: [Counter: UInt64] = [:]
        var passed = 0
        // From port 0 to port 1, by the `out` rules of one and the `in` rules of the other.
        bench.fdb.insertStatic(MACAddress(value: station(2)), vlan: 0, port: PortID(1))
        for _ in 0..<framesOfASet {
          let source = station(1)
          let frame = one.frame(to: station(2), from: source, near: rules[Bool.random(using: &one.random) ? 1 : 2])
          let beside: Int? = one.chance(10) ? 0x4000 : nil
          let hasTag = frame.count >= 14 && frame[12] == 0x81 && frame[13] == 0
          let isLive = frame.count >= 14 && !(hasTag && frame.count < 18)
          bench.inject(
            frame, at: 0, flags: MR_META_CHECKSUM_KNOWN | (beside == nil ? 0 : MR_META_VLAN), tci: UInt16(beside ?? 0))
          if Int.random(in: 0..<16, using: &one.random) == 0 { bench.run() }
          if !isLive { continue }
          let sent = judges[1].judge(frame, beside: beside)
          if let reason = sent.drop {
            drops[reason, default: 0] += 1
            continue
          }
          if sent.meter != 0 { judges[1].count(sent.meter, UInt64(frame.count + (beside == nil ? 0 : 4))) }
          let arriving = judges[2].judge(frame, beside: beside)
          if let reason = arriving.drop {
            drops[reason, default: 0] += 1
            continue
          }
          passed += 1
          // It leaves without its tag.
          let isTagged = beside == nil && hasTag
          if arriving.meter != 0 { judges[2].count(arriving.meter, UInt64(frame.count - (isTagged ? 4 : 0))) }
        }
        bench.run()
        #expect(bench.take(1).count == passed)
        for reason in [Counter.dropACL, .dropACLUnreadable] {
          #expect(bench.count(reason, at: 0) + bench.count(reason, at: 1) == drops[reason] ?? 0, "\(reason)")
        }
        for (judge, port) in [(judges[1], 0), (judges[2], 1)] {
          let cells = judge.rules.basic.map(\.cell) + judge.rules.extended.map(\.cell) + [judge.rules.restCell]
          for cell in cells where cell != 0 {
            let counted = bench.memory.cells[cell]
            #expect(counted == judge.counts[cell] ?? RuleCells.Count(), "port \(port), \(describe(cell, judge.rules))")
          }
        }
      }
    }
  }

  private func describe(_ cell: UInt32, _ rules: PortRules.Direction) -> String {
    let basic = rules.basic.first { $0.cell == cell }.map { "\($0)" }
    return basic ?? rules.extended.first { $0.cell == cell }.map { "\($0)" } ?? "rest"
  }
}
