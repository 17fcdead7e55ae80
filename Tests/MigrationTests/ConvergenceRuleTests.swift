import Migration
import Testing
import Units

struct ConvergenceRuleTests {
  /// 100 MiB in a second.
  static let round = RoundFigures(pages: 25600, bytes: 100 << 20, seconds: 1)

  @Test func `pauses when nothing is left`() {
    #expect(ConvergenceRule().decide(done: [Self.round], pages: 0) == .pause("nothing left to copy after 1 round"))
  }

  @Test func `pauses when the rest fits the blackout at the measured rate`() {
    let rule = ConvergenceRule(blackout: .milliseconds(100), rounds: 30)
    #expect(rule.decide(done: [Self.round], pages: 2570) == .copyOn)
    guard case .pause(let reason) = rule.decide(done: [Self.round], pages: 2550) else {
      Issue.record("does not pause")
      return
    }
    #expect(reason.contains("2550 pages left take 99.6ms"), "\(reason)")
  }

  @Test func `pauses after the last round allowed and says so`() {
    let rule = ConvergenceRule(blackout: .milliseconds(1), rounds: 2)
    #expect(rule.decide(done: [Self.round], pages: 25600) == .copyOn)
    guard case .pause(let reason) = rule.decide(done: [Self.round, Self.round], pages: 25600) else {
      Issue.record("does not pause")
      return
    }
    #expect(reason.hasSuffix("over the target blackout of 1ms, but 2 rounds are the limit"), "\(reason)")
  }

  @Test func `the rate is that of the last rounds, not of a single short one`() {
    let short = RoundFigures(pages: 10, bytes: 40960, seconds: 0.0001)
    let rate = ConvergenceRule.bytesPerSecond([Self.round, Self.round, short])
    #expect(abs(rate - Double((100 << 20) + 40960) / 1.0001) < 1)
  }
}
