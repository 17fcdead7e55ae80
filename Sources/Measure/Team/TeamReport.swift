import Units

/// The text of the report: what was asked, how it was measured, what came out.
struct TeamReport: ReportText {
  let settings: TeamSettings
  let runs: [Run]

  let title = "What migrations get of a team of two links"

  var claims: [Claim] { TeamClaims.evaluate(runs) }

  var summary: String {
    guard let dynamic = runs.utilization("dynamic-4"), let port = runs.utilization("hyperv-port-4") else {
      return Report.unanswered
    }
    return "Four simultaneous live migrations between two hosts use \(Figure.percent(dynamic)) of two links that are a "
      + "team in mode dynamic, and \(Figure.percent(port)) when each port keeps to one member (hyperv-port)."
  }

  var highlights: [Report.Highlight] {
    let told = [
      ("dynamic-4", "of both links: dynamic, 4 migrations"),
      ("address-hash-4", "of both links: address-hash, 4 migrations"),
      ("hyperv-port-4", "of both links: hyperv-port, 4 migrations"),
    ]
    let pause = runs.named("dynamic-4-link-fails")?.longestPauseMilliseconds.map {
      Report.Highlight(Figure.milliseconds($0), "the longest pause of a connection when a link failed: dynamic")
    }
    return runs.utilizationHighlights(told) + [pause].compactMap { $0 }
  }

  var listed: [Report.Setting] {
    [
      .init("Links", "2 of \(settings.link) each; what is told of both is the part of \(settings.together)"),
      .init("Flowlets", "after a pause of \(settings.gap)"),
      .init(
        "Workers", "of each switch on CPUs \(settings.workers.map(String.init).joined(separator: ", ")), real cores"),
      .init("Writers", "a twentieth of each VM's memory a second while it is copied"),
      .init("Source ports", "from \(LabMigrations.firstSourcePort) on, one after another"),
    ]
  }

  var method: [String] {
    [
      "Real memory moves over TCP from a host behind one Millrace switch to hosts behind another. Two links join the "
        + "switches, a team at each end. Each link is a kernel bridge, as a physical switch of its own, whose queueing "
        + "(token bucket, 20 ms) holds it to its rate in both directions; in the cases on one switch all four ends are "
        + "on one bridge.",
      "What is told is the bytes of frames, without FCS, that the receiving switch gave to its hosts, over the rate of "
        + "both links together, in the time in which all migrations of a run were under way.",
      "Source ports are one after another. In mode address-hash chance, that is the hash of these ports, decides how the "
        + "flows are split; in mode dynamic flows that share a link move when they pause.",
      "VMs hold random pages, but where half of the pages compress: there 10 % are zeros, 50 % compress to a quarter, and "
        + "the rest is random.",
      "Where a link fails, both ends lose their carrier a second after all connections were made, for two seconds. The "
        + "longest pause is the longest time in which a connection received no byte, from just before the failure on, "
        + "looked at about every 10 ms.",
    ]
  }
}
