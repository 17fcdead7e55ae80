import Units

/// The text of the report: what was asked, how it was measured, what came out.
struct BandwidthReport: ReportText {
  let settings: BandwidthSettings
  let runs: [Run]

  let title = "Maximums, minimums, and a link that migrations fill"

  var claims: [Claim] { BandwidthClaims.evaluate(runs, link: settings.link) }

  private func worst(_ peer: BandwidthCase.Peer) -> Double? {
    BandwidthClaims.maximums(runs, of: peer).compactMap(\.deviation).map { abs($0) }.max()
  }

  var summary: String {
    guard let own = worst(.millrace) else { return Report.unanswered }
    let others = [(BandwidthCase.Peer.htb, "Linux HTB"), (.policer, "Open vSwitch's meter")].compactMap { peer, name in
      worst(peer).map { "\(name)'s by up to \(Figure.percent($0))" }
    }
    return "What arrives under a maximum is off by up to \(Figure.percent(own)) over all cases"
      + (others.isEmpty ? "." : "; \(others.joined(separator: ", ")).")
  }

  var highlights: [Report.Highlight] {
    let deviations = BandwidthCase.maximumPeers.compactMap { peer in
      worst(peer).map { Report.Highlight(Figure.percent($0), "the largest deviation from a maximum: \(peer.label)") }
    }
    let response = [BandwidthCase.Peer.millrace, .plain, .htb].compactMap { peer in
      runs.named("response-\(peer.rawValue)")?.response.map {
        Report.Highlight(
          RoundTrips.text($0.loaded.p99Microseconds), "p99 of a VM's round trips under load: \(peer.label)")
      }
    }
    return deviations + response
  }

  var tables: [Report.Table] { [accuracy, shares, responses].filter { !$0.rows.isEmpty } }

  /// A row for each question, a column for each peer.
  private var accuracy: Report.Table {
    let all = BandwidthCase.full.filter { if case .maximum = $0.question { true } else { false } }
    var questions: [BandwidthCase] = []
    for one in all where !questions.contains(where: { $0.question == one.question }) { questions.append(one) }
    let rows = questions.compactMap { one -> [String]? in
      let cells = BandwidthCase.maximumPeers.map { peer in
        var mine = one
        mine.peer = peer
        guard let run = runs.named(mine.name), let mean = run.deviation, let worst = run.worstDeviation else {
          return "–"
        }
        return "\(signed(mean)) (\(signed(worst)))"
      }
      return cells.allSatisfy { $0 == "–" } ? nil : ["\(one.group), \(one.short)"] + cells
    }
    return Report.Table(
      title: "Accuracy of maximums",
      note:
        "How far what arrived was from the maximum over \(settings.seconds) s, and in brackets in the worst 100 ms.",
      head: ["Maximum"] + BandwidthCase.maximumPeers.map(\.label), rows: rows)
  }

  private var shares: Report.Table {
    let rows = runs.filter { !$0.shares.isEmpty }.map { run in
      [run.scenario.steering] + run.shares.map(Figure.percent)
        + [Figure.rate(run.throughputBitsPerSecond.median)]
    }
    return Report.Table(
      title: "Shares of a link of \(settings.link)", note: "Four ports send all they can, each by one TCP flow.",
      head: ["Peer"] + BandwidthSettings.weights.map { "weight \($0)" } + ["Together"], rows: rows)
  }

  private var responses: Report.Table {
    let rows = runs.compactMap { run -> [String]? in
      guard let response = run.response else { return nil }
      let (alone, loaded) = (response.unloaded, response.loaded)
      let times = [alone.p50Microseconds, alone.p99Microseconds, loaded.p50Microseconds, loaded.p99Microseconds]
      return [run.scenario.steering] + times.map(RoundTrips.text)
    }
    return Report.Table(
      title: "Round trips on a link of \(settings.link)",
      note: "A VM asks every 5 ms. Load: \(BandwidthBench.migrations) migrations, storage and another VM, all as fast "
        + "as they can.",
      head: ["Peer", "p50 alone", "p99 alone", "p50 under load", "p99 under load"], rows: rows)
  }

  private func signed(_ part: Double) -> String { (part < 0 ? "−" : "+") + Figure.percent(abs(part)) }

  var listed: [Report.Setting] {
    [
      .init("Link that ports share", "\(settings.link)"),
      .init("Reserves on it", settings.reserves.map { "\($0)" }.joined(separator: ", ")),
      .init("Workers", "on CPUs \(settings.workers.map(String.init).joined(separator: ", ")), real cores"),
      .init("MTU", "\(settings.mtu), all offloads on"),
      .init("HTB", "its defaults; a class for each sender below the link's, ceilings at the link's rate"),
      .init("Open vSwitch", "userspace datapath, userspace TSO; meters with a burst of 0.8 s of their rate"),
    ]
  }

  var method: [String] {
    [
      "Hosts are network namespaces, joined by the switch that is measured. Of UDP a fifth more than the maximum is "
        + "sent, as super-frames (to Open vSwitch, whose userspace datapath drops those, one by one); TCP is iperf3's, with "
        + "CUBIC (RFC 9438): BBR sends next to nothing for 200 ms every ten seconds of its own accord. Throughput is what arrives at the receiving host, counted by its kernel at the IP layer "
        + "ten times a second from the third second on, with the frames' headers; goodput is what the program there got.",
      "Rates are those of frames without FCS and preamble. HTB and Millrace count the same bytes, a meter of Open vSwitch "
        + "those of the frame as it came in, super-frame or not.",
      "Round trips are ICMP echoes from a VM to a host behind the link: first with nothing beside them, then under load. "
        + "An echo without an answer counts as later than every answer. "
        + "With minimums each sender has a reserve. Open vSwitch's userspace datapath shares no link, so it has no such case.",
      "Blackout and verification are of migrations, and say nothing of the cases without.",
    ]
  }
}
