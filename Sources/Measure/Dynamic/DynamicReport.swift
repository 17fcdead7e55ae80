import Units

/// The text of the report: what was asked, how it was measured, what came out.
struct DynamicReport: ReportText {
  let settings: DynamicSettings
  let runs: [Run]
  let capacity: BitRate

  let title = "Queues that follow the load"

  var claims: [Claim] { DynamicClaims.evaluate(runs) }

  private func part(_ name: String) -> Double? {
    runs.named(name).flatMap { Summary($0.repeats.compactMap(\.carriedOfBest))?.median }
  }

  var summary: String {
    guard let stayed = part("vmq-static"), let moved = part("vmq-dynamic") else {
      return Report.unanswered
    }
    return "A load shifts among \(DynamicLoad.vms) VMs every \(settings.phaseSeconds) s. Queues that stay where they "
      + "start carry \(Figure.percent(stayed)) of what a placement made anew with knowledge of each shift would; queues "
      + "that follow the load carry \(Figure.percent(moved))."
  }

  var highlights: [Report.Highlight] {
    let told = DynamicCase.full.compactMap { one in
      part(one.name).map { Report.Highlight(Figure.percent($0), "of the best placement: \(one.label)") }
    }
    let moves = runs.flatMap(\.repeats).flatMap(\.moves)
    let held = moves.map(\.longestHoldMicroseconds).max().map {
      Report.Highlight(Figure.milliseconds($0 / 1000), "the longest a frame waited, in \(moves.count) moves")
    }
    return told + [held].compactMap { $0 }
  }

  var listed: [Report.Setting] {
    [
      .init("One worker", "\(Figure.rate(Double(capacity.bitsPerSecond))) at first, measured again before each repeat"),
      .init("Workers", "\(settings.workers), emulated, each held to \(settings.share) of a CPU"),
      .init(
        "Load",
        "\(settings.phases) shifts a repeat; each time \(DynamicLoad.active) of \(DynamicLoad.vms) VMs ask "
          + "for \(Figure.percent(DynamicLoad.range.lowerBound)) to \(Figure.percent(DynamicLoad.range.upperBound)) of one "
          + "worker's capacity, over \(DynamicLoad.flows) TCP flows (iperf3)"),
      .init("MTU, ingress", "\(settings.mtu) bytes, \(DynamicSettings.ingress), segments not joined (rsc: off)"),
      .init("Dynamic", "the defaults: 90 % over 1 s, gain of 25 %, interval of 60 s"),
    ]
  }

  var method: [String] {
    [
      "A source behind an uplink sends TCP to \(DynamicLoad.vms) VMs, each a network namespace with a veth on one "
        + "Millrace switch. What each VM asks for is drawn anew at every shift, from a seed: every case gets the same "
        + "loads. Static and dynamic cases differ in nothing but `rebalance`.",
      "Workers are emulated cores: each is held to its share of one CPU, on CPUs that the hosts do not use, so that "
        + "eight can be studied on a few. Figures are to be read as ratios. Emulated cores sleep for milliseconds, and a "
        + "frame that waits for one of them waits that long.",
      "The best placement puts the heaviest demand first on the worker with the least (for `vmq+vrss` flow by flow), "
        + "anew for every shift; the best single placement does so once, for the mean of all. What they carry is computed: "
        + "a worker carries no more than its capacity, which was measured just before: \(DynamicLoad.flows) flows of one VM, as "
        + "much as goes. Carried is what the switch took from the source, from 0.3 s after a shift to its end. Asked, best "
        + "and carried are rates of frames. Time, goodput, blackout and verification are of migrations, and say nothing here.",
      "Order is judged at every host, both ways, by the packets' own numbers (IPv4 identifications, which a sender counts "
        + "up with each packet of a connection). TCP's counters of reordering would not do: they also rise when full "
        + "receive rings lose segments, with queues that stay as well.",
    ]
  }
}
