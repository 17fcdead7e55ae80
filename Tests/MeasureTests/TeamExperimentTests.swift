import Measure
import Testing
import Units

@Suite struct TeamExperimentTests {
  @Test func theLongestPauseIsThatOfOneConnection() {
    var progress = ConnectionProgress()
    func line(_ port: Int, _ bytes: Int, state: String = "ESTAB") -> String {
      "\(state) 0 0 10.77.0.2:7000 10.77.0.1:\(port) cubic wscale:7,7 rto:204 bytes_received:\(bytes) segs_in:7\n"
    }
    progress.note(line(20000, 10) + line(20001, 10) + "LISTEN 0 128 10.77.0.2:7000 0.0.0.0:* \n", at: .milliseconds(0))
    progress.note(line(20000, 20) + line(20001, 10), at: .milliseconds(50))
    progress.note(line(20000, 30) + line(20001, 10), at: .milliseconds(90))
    #expect(progress.longestPause == .milliseconds(90))
    progress.note(line(20000, 40) + line(20001, 11), at: .milliseconds(100))
    // A connection that has ended does not pause, and a new one begins when it is seen.
    progress.note(line(20000, 40, state: "FIN-WAIT-1") + line(20002, 0), at: .milliseconds(900))
    progress.note(line(20002, 1), at: .milliseconds(930))
    #expect(progress.longestPause == .milliseconds(100))
  }

  @Test func casesHaveNamesOfTheirOwn() {
    let names = TeamCase.full.map(\.name)
    #expect(Set(names).count == names.count)
    #expect(Set(TeamCase.quick.map(\.name)).isSubset(of: names))
    for mode in TeamCase.modes {
      for flows in [1, 4, 6, 16] { #expect(names.contains("\(mode)-\(flows)")) }
      #expect(names.contains("\(mode)-4-link-fails"))
    }
  }

  private func verdicts(_ runs: [Run]) -> [String: Bool?] {
    Dictionary(uniqueKeysWithValues: TeamClaims.evaluate(runs).map { ($0.id, $0.reproduced) })
  }

  @Test func claimsAreJudgedByTheRuns() {
    #expect(verdicts([]).values.allSatisfy { $0 == nil })
    let runs = [
      Synthetic.run("dynamic-6", steering: "dynamic", utilization: [0.97], workers: 2),
      Synthetic.run("hyperv-port-6", steering: "hyperv-port", utilization: [0.49], workers: 2),
      Synthetic.run("dynamic-4", steering: "dynamic", utilization: [0.9], workers: 2),
    ]
    #expect(verdicts(runs)["dynamic-uses-all-members"] == .some(true))
    #expect(verdicts(runs)["until-now-one-member"] == .some(true))
    #expect(verdicts(runs)["both-ends-of-four"] == .some(false))
    #expect(verdicts(runs)["team-link-fails"] == .some(nil))
    var failing = Synthetic.run("dynamic-4-link-fails", steering: "dynamic", utilization: [0.5], workers: 2)
    #expect(verdicts([failing])["team-link-fails"] == .some(true))
    failing.repeats[0].verified = false
    #expect(verdicts([failing])["team-link-fails"] == .some(false))
  }
}
