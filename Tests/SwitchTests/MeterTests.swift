import Foundation
import Lab
import Testing
import Wire

extension SwitchTests {
  /// Meters on real traffic, over rule changes, resets, crashes and restarts.
  @Suite struct Meters {
    private static let both = "{action: meter, direction: both, remote: 10.77.0.0/24}"

    /// Segments as they are, so that a device counts what the meter counts.
    static let plain = ["ingress: native", "rsc: off"]

    @Test func whatIsDeniedIsNotMeteredAndWhatIsFloodedCountsOnceForEachPort() async throws {
      let rules = ["{action: meter, direction: both, remote: any}"]
      let spec = ruleLab(
        "meterflood", hosts: 3,
        rules: [1: rules + ["{action: deny, direction: out, remote: 192.0.2.9}"], 2: rules, 3: rules])
      try await withLab(spec) { lab in
        let frames = transportFrames(to: station(200), checksum: .right).prefix(3)
        try await lab.send(Array(frames), from: 1)
        try await Self.settles(lab)
        let report = try await lab.report()
        let bytes = UInt64(frames.reduce(0) { $0 + $1.count })
        #expect(report.remote("any", "out", at: "h1")?.bytes == bytes)
        for port in ["h2", "h3"] {
          #expect(report.remote("any", "in", at: port)?.bytes == bytes)
          #expect(report.remote("any", "in", at: port)?.frames == 3)
        }
        try await lab.run(in: 1, "ip", "neighbour", "add", "192.0.2.9", "lladdr", spec.mac(of: 2), "dev", "eth0")
        try await lab.run(in: 1, "ip", "route", "add", "192.0.2.9", "dev", "eth0")
        let reached = try await lab.pings(from: 1, to: "192.0.2.9", count: 2)
        #expect(!reached)
        #expect(try await lab.report().remote("any", "out", at: "h1")?.bytes == bytes)
        #expect(try await lab.drops(at: "h1", "acl") == 2)
      }
    }

    @Test func rulesThatChangeAHundredTimesLoseAndDoubleNothing() async throws {
      let spec = ruleLab(
        "meterchange", workers: "[0, 1, 0, 1]", rules: [1: [Self.both], 2: [Self.both]], keys: Self.plain)
      try await withLab(spec) { lab in
        let begin = try await lab.counts(of: 2)[0]
        let host = "{action: meter, direction: both, remote: 10.77.0.1}"
        let deny = "{action: deny, direction: in, remote: 192.0.2.0/24}"
        try await IPerf.beside(lab, "-b", "300M", "-P", "4") {
          for _ in 0..<25 {
            for (verb, rule) in [("add", host), ("add", deny), ("remove", host), ("remove", deny)] {
              try await lab.millrace("acl", verb, "h2", rule)
            }
          }
        }
        try await Self.settles(lab)
        let report = try await lab.report()
        // The rows of h2, the removed one's included, add up to what its device was sent.
        let arrived = report.meters.filter { $0.port == "h2" && $0.direction == "in" }
        #expect(arrived.count == 2 && arrived.contains { !$0.active && $0.bytes > 0 })
        let sum = arrived.reduce(0) { $0 + $1.bytes }
        let drops = try await lab.ports()["h2"]?.drops ?? [:]
        #expect(drops.isEmpty, "\(drops)")
        // What the host's own backlog dropped it has been sent, too.
        let end = try await lab.counts(of: 2)[0]
        let (received, dropped) = (end.bytes - begin.bytes, end.dropped - begin.dropped)
        let frames = arrived.reduce(0) { $0 + $1.frames }
        #expect(frames == end.frames - begin.frames + dropped)
        #expect(sum >= received && sum <= received + dropped * 1514)
        #expect(sum == report.remote("10.77.0.0/24", "out", at: "h1")?.bytes)
        let back = report.meters.filter { $0.port == "h2" && $0.direction == "out" }.reduce(0) { $0 + $1.bytes }
        #expect(back == report.remote("10.77.0.0/24", "in", at: "h1")?.bytes)
        #expect(report.totals?.first { $0.port == "h2" && $0.direction == "in" }?.bytes == sum)
      }
    }

    @Test func totalsSurviveCrashesAndRestartsAndNeverGoBack() async throws {
      let spec = ruleLab("metercrash", rules: [2: [Self.both]])
      try await withLab(spec) { lab in
        var last: UInt64 = 0
        for round in 1...6 {
          #expect(try await lab.pings(from: 1, to: spec.address(of: 2), count: 5))
          let told = try #require(try await lab.report().remote("10.77.0.0/24", "in", at: "h2")).frames
          #expect(told == last + 5)
          last = told
          if round % 2 == 0 { await lab.stopSwitch() } else { await lab.killSwitch() }
          try await lab.startSwitch()
          let kept = try await lab.report().remote("10.77.0.0/24", "in", at: "h2")?.frames
          #expect(kept == last)
        }
        // Nobody asked: the interval alone keeps it.
        #expect(try await lab.pings(from: 1, to: spec.address(of: 2), count: 5))
        try await Task.sleep(for: .milliseconds(2600))
        await lab.killSwitch()
        try await lab.startSwitch()
        #expect(try await lab.report().remote("10.77.0.0/24", "in", at: "h2")?.frames == last + 5)
      }
    }

    @Test func aResetTellsWhatItClearedAndEveryFrameIsInOneAnswer() async throws {
      let spec = ruleLab(
        "meterreset",
        rules: [
          1: ["{action: meter, direction: out, remote: any, meter: tenant}"],
          2: ["{action: meter, direction: out, remote: any, meter: tenant}"],
        ])
      try await withLab(spec) { lab in
        let ping = try lab.spawn(in: 1, ["ping", "-q", "-i", "0.002", "-c", "1000", spec.address(of: 2)])
        var cleared: UInt64 = 0
        for _ in 0..<20 {
          let reset = try await lab.millrace("meters", "reset", "--meter", "tenant", "--json")
          let answer = try JSONDecoder().decode(MetersAnswer.self, from: Data(reset.utf8))
          #expect(answer.shared?.count == 1)
          cleared += answer.shared?.first?.frames ?? 0
        }
        #expect(await ping.ends(within: .seconds(20)))
        // The last answers may come after ping has gone.
        let adds = try await lab.eventually { try await lab.report().shared?.first.map { $0.frames + cleared } == 2000 }
        let rest = try await lab.report().shared?.first
        #expect(rest?.ports == ["h1", "h2"])
        #expect(adds, "\(cleared) and \(String(describing: rest))")
      }
    }

    /// Until nothing is under way any more.
    static func settles(_ lab: Lab) async throws {
      var last: UInt64?
      _ = try await lab.eventually {
        let now = try await lab.ports().ports.reduce(0) { $0 + $1.receivedFrames + $1.transmittedFrames }
        try await Task.sleep(for: .milliseconds(200))
        defer { last = now }
        return last == now
      }
    }
  }
}
