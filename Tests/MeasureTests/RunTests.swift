import Foundation
import Measure
import Testing

@Suite struct RunTests {
  @Test func figuresAreMediansOfTheRepeats() {
    let run = Synthetic.run("vmq-4-to-1", steering: "vmq", utilization: [0.4, 0.43, 0.41], workers: 1)
    #expect(run.linkUtilization?.median == 0.41)
    #expect(run.linkUtilization?.lowest == 0.4)
    #expect(run.linkUtilization?.highest == 0.43)
    #expect(run.throughputBitsPerSecond.median == 0.41 * 500e6)
  }

  @Test func withoutALinkLimitThereIsNoUtilisation() {
    let run = Synthetic.run("x", steering: "vmq", utilization: [0.4], workers: 1, limited: false)
    #expect(run.linkUtilization == nil)
  }

  @Test func oneUnverifiedRepeatMakesTheRunUnverified() {
    var run = Synthetic.run("x", steering: "vmq", utilization: [0.4, 0.4], workers: 1)
    #expect(run.verified)
    run.repeats[1].verified = false
    #expect(!run.verified)
  }

  @Test func busiestShareIsOfTheFrames() {
    let run = Synthetic.run("x", steering: "rss", utilization: [0.9], workers: 4)
    #expect(run.repeats[0].workersCarrying(atLeast: 0.1) == 4)
    #expect(abs((run.repeats[0].busiestShare ?? 0) - 10_000 / 40_080) < 1e-9)
  }
}

@Suite struct ReportJSONTests {
  private func object(_ report: Report) throws -> [String: Any] {
    let data = try ReportWriter.json(report)
    return try #require(try JSONSerialization.jsonObject(with: data) as? [String: Any])
  }

  @Test func everyRunHasEveryKey() throws {
    let unlimited = Synthetic.run("free", steering: "vmq", utilization: [1], workers: 1, limited: false)
    let json = try object(Synthetic.report(Synthetic.reproducing + [unlimited]))
    #expect(json["experiment"] as? String == "spread")
    #expect(json["machine"] is [String: Any])
    let runs = try #require(json["runs"] as? [[String: Any]])
    let keys = [
      "name", "steering", "migrations", "targets", "transport", "mtu", "emulated", "seconds", "bytes",
      "goodputBitsPerSecond", "linkBitsPerSecond", "linkUtilization", "blackoutMilliseconds", "verified", "workers",
    ]
    for run in runs {
      #expect(keys.filter { run[$0] == nil } == [])
      let workers = try #require(run["workers"] as? [[String: Any]])
      #expect(workers.count == 8)
      #expect(workers.allSatisfy { $0["worker"] is Int && $0["load"] is Double })
    }
    #expect(runs.last?["linkUtilization"] is NSNull)
  }

  @Test func everyClaimHasEveryKey() throws {
    let json = try object(Synthetic.report([]))
    let claims = try #require(json["claims"] as? [[String: Any]])
    #expect(claims.count >= 8)
    for claim in claims {
      #expect(["id", "source", "published", "measured", "reproduced"].filter { claim[$0] == nil } == [])
    }
  }

  @Test func runsReadBackAsTheyWereWritten() throws {
    let report = Synthetic.report(Synthetic.reproducing)
    let read = try JSONDecoder().decode(Report.self, from: ReportWriter.json(report))
    #expect(read.runs.map(\.scenario) == report.runs.map(\.scenario))
    #expect(read.runs.map(\.repeats) == report.runs.map(\.repeats))
    #expect(read.claims == report.claims)
  }
}
