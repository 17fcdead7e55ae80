import Foundation
import Measure
import Testing
import Units

@Suite struct BandwidthExperimentTests {
  @Test func whatIperf3sServerSaysIsReadWithoutSlowStart() throws {
    func interval(_ start: Double, _ seconds: Double, _ bytes: Int, omitted: Bool = false) -> String {
      """
      {"streams": [], "sum": {"start": \(start), "end": \(start + seconds), "seconds": \(seconds), "bytes": \(bytes), \
      "omitted": \(omitted), "sender": false}}
      """
    }
    let intervals = [interval(0, 0.1, 9000, omitted: true), interval(0, 0.1, 1000), interval(0.1, 0.101, 1500)]
    let text = "{\"intervals\": [\(intervals.joined(separator: ", ")), \(interval(0.2, 0.01, 10))], \"end\": {}}"
    let received = try BulkReceived(json: Data(text.utf8))
    #expect(received.bytes == 2510 && abs(received.seconds - 0.211) < 1e-9)
    #expect(throws: ExperimentError.self) { try BulkReceived(json: Data("{\"intervals\": []}".utf8)) }
    #expect(throws: ExperimentError.self) {
      try BulkReceived(json: Data("{\"intervals\": [], \"error\": \"unable to connect\"}".utf8))
    }
  }

  @Test func packetsAreCountedByTheirECNFields() {
    func reading(_ time: String, _ values: String) -> String {
      "\(time)\nIpExt: InOctets InNoECTPkts InECT1Pkts InECT0Pkts InCEPkts\nIpExt: \(values)\n"
    }
    let series = Arrivals.series(
      reading("1700000000.100000", "9 100 1 2 3") + reading("1700000000.200000", "9 150 1 2 3"))
    #expect(series.samples.map(\.value) == [106, 156])
    #expect(abs((series.rates().first?.value ?? 0) - 500) < 0.1)
  }

  /// What ping prints of so many echoes, the first `answered` of which take 1 us, 2 us and so on.
  private func pinged(_ sent: Int, answered: Int) -> String {
    let lines = (1...answered).map { "64 bytes from 10.77.0.1: icmp_seq=\($0) ttl=64 time=\(Double($0) / 1000) ms" }
    return """
      PING 10.77.0.1 (10.77.0.1) 56(84) bytes of data.
      \(lines.shuffled().joined(separator: "\n"))

      --- 10.77.0.1 ping statistics ---
      \(sent) packets transmitted, \(answered) received, 0% packet loss, time 1000ms
      """
  }

  @Test func roundTripsAreReadFromWhatPingPrints() throws {
    let found = try #require(RoundTrips(pinged(200, answered: 200)))
    #expect(found.count == 200 && found.lost == 0)
    let (p50, p99) = (try #require(found.p50Microseconds), try #require(found.p99Microseconds))
    #expect(abs(p50 - 101) < 1e-6 && abs(p99 - 199) < 1e-6)
    let again = "64 bytes from 10.77.0.1: icmp_seq=1 ttl=64 time=900 ms (DUP!)\n"
    #expect(RoundTrips(again + pinged(200, answered: 200)) == found)
    #expect(RoundTrips("2 packets transmitted, 0 received, 100% packet loss, time 1000ms") == nil)
    #expect(RoundTrips("64 bytes from 10.77.0.1: icmp_seq=1 ttl=64 time=1 ms\n") == nil)
  }

  @Test func anEchoWithoutAnAnswerIsLaterThanEveryAnswer() throws {
    let few = try #require(RoundTrips(pinged(200, answered: 199)))
    #expect(few.lost == 1 && few.p99Microseconds != nil)
    let many = try #require(RoundTrips(pinged(200, answered: 198)))
    #expect(many.p50Microseconds != nil && many.p99Microseconds == nil)
    let data = try JSONEncoder().encode(many)
    let json = try #require(try JSONSerialization.jsonObject(with: data) as? [String: Any])
    #expect(json["p99Microseconds"] is NSNull && json["lost"] as? Int == 2)
  }

  @Test func casesHaveNamesOfTheirOwn() {
    let names = BandwidthCase.full.map(\.name)
    #expect(Set(names).count == names.count)
    #expect(Set(BandwidthCase.quick.map(\.name)).isSubset(of: names))
    #expect(names.contains("maximum-1000-udp-8-htb") && names.contains("response-millrace-plain"))
  }

  private let link = BitRate(bitsPerSecond: 300_000_000)

  private func verdicts(_ runs: [Run]) -> [String: Bool?] {
    Dictionary(uniqueKeysWithValues: BandwidthClaims.evaluate(runs, link: link).map { ($0.id, $0.reproduced) })
  }

  private func run(_ name: String, _ change: (inout Repeat) -> Void) -> Run {
    var run = Synthetic.run(name, steering: "Millrace", utilization: [1], workers: 1)
    change(&run.repeats[0])
    return run
  }

  /// Of one echo each, and under load so many that were lost.
  private func response(_ alone: Int, _ loaded: Int, lost: Int = 0) throws -> ResponseTimes {
    func trips(_ microseconds: Int, lost: Int) throws -> RoundTrips {
      try #require(
        RoundTrips("time=\(Double(microseconds) / 1000)\n\(1 + lost) packets transmitted, 1 received, time 0ms\n"))
    }
    return ResponseTimes(unloaded: try trips(alone, lost: 0), loaded: try trips(loaded, lost: lost))
  }

  @Test func claimsAreJudgedByTheRuns() throws {
    #expect(verdicts([]).values.allSatisfy { $0 == nil })
    func maximum(_ peer: String, _ part: Double) -> Run {
      Synthetic.run("maximum-100-tcp-1-\(peer)", steering: peer, utilization: [part], workers: 1)
    }
    let held = [maximum("millrace", 0.995), maximum("htb", 0.98), maximum("ovs-meter", 0.9)]
    #expect(verdicts(held)["maximum-is-reached"] == .some(true))
    #expect(verdicts(held)["policing-is-less-accurate"] == .some(true))
    #expect(verdicts([maximum("millrace", 1.02)])["maximum-is-reached"] == .some(false))
    // Two frame times of 300 Mbit/s are 81 us.
    for (loaded, holds) in [(1150, true), (1250, false)] {
      let times = try response(100, loaded)
      #expect(verdicts([run("response-millrace") { $0.response = times }])["one-link-carved-up"] == .some(holds))
    }
    let lost = try response(100, 100, lost: 1)
    #expect(verdicts([run("response-millrace") { $0.response = lost }])["one-link-carved-up"] == .some(false))
    for (shares, holds) in [([0.49, 0.3, 0.15, 0.06], true), ([0.47, 0.3, 0.17, 0.06], false)] {
      #expect(verdicts([run("shares-millrace") { $0.shares = shares }])["minimum-is-kept"] == .some(holds))
    }
  }
}
