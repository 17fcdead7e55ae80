import Units

/// The text of the report: what was asked, how it was measured, what came out.
struct BesideReport: ReportText {
  let settings: SpreadSettings
  let runs: [Run]
  let link: BitRate
  let capacity: BitRate

  let title = "What an uplink of their own with RSS gives migrations"

  var claims: [Claim] { BesideClaims.evaluate(runs) }

  var summary: String {
    guard let shared = runs.utilization("shared-vmq-4"), let own = runs.utilization("own-rss-4") else {
      return Report.unanswered
    }
    return
      "Four simultaneous migrations that come in by the VMs' uplink, steered by VMQ, get \(Figure.percent(shared)) "
      + "of its rate: one worker receives them all. By an uplink of their own with RSS they get \(Figure.percent(own))."
  }

  var highlights: [Report.Highlight] {
    runs.utilizationHighlights([
      ("shared-vmq-4", "of an uplink: 4 migrations, by the VMs' uplink (vmq)"),
      ("own-vmq-4", "of an uplink: by one of their own, with one queue (vmq)"),
      ("own-rss-4", "of an uplink: by one of their own, with RSS"),
      ("own-rss-4-vms", "of what VMs asked for, meanwhile"),
    ])
  }

  var listed: [Report.Setting] {
    let asked = Figure.percent(BesideBench.asked)
    return [
      .init("Uplinks", "\(link) each, frames without FCS, preamble and gap"),
      .init("One worker", Figure.rate(Double(capacity.bitsPerSecond))),
      .init("Emulated workers", "\(settings.workers), each held to \(settings.share) of a CPU"),
      .init("VM traffic", "one TCP flow into each of \(BesideHosts.vms.count) VMs, \(asked) of an uplink each"),
      .init("MTU, ingress", "\(settings.mtu) bytes, \(settings.ingress), segments not joined (rsc: off)"),
      .init("Writers", "a twentieth of each VM's memory a second while it is copied"),
    ]
  }

  var method: [String] {
    [
      "Real memory moves over TCP into a host, through its Millrace switch, whose workers are emulated cores. VMs of the "
        + "host receive at a steady rate all the while, over the first uplink. Migrations come in by the same uplink to "
        + "the host's vNIC there, or by a second uplink to a vNIC of the host on it; with RSS both of these have "
        + "“steering: rss”. The VMs' uplink keeps its VMQs.",
      "Each uplink is held to its rate by a token bucket where its traffic is sent. The rate was fixed before the cases: "
        + "one worker carries \(Figure.percent(SpreadCalibration.part)) of it. What is told is the bytes of frames that "
        + "the switch gave to the host's vNIC, or to the VMs, in the time in which all migrations were under way. The "
        + "VMs' figures are parts of what they asked for.",
      "A second link is more than one, with or without RSS: the case with a second uplink that has one queue (vmq) tells "
        + "the two apart.",
    ]
  }
}
