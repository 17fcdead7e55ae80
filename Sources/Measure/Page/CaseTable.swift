/// The table of cases: medians, with the range of the repeats below.
struct CaseTable {
  let runs: [Run]
  let charts: ReportCharts

  var html: HTML {
    let head = ["Case", "Link used", "Throughput", "Goodput", "Time", "Blackout", "Busiest worker", "Verified"]
    let cells = head.map { HTML.element("th", ["class": $0 == "Case" ? "" : "n", "scope": "col"], $0) }
    let bodies = charts.groups.map { group in
      HTML.element("tbody", [heading(group)] + runs.filter { $0.scenario.group == group }.map(row))
    }
    let table = HTML.element("table", [.element("thead", [.element("tr", cells)])] + bodies)
    return .element("div", [.element("p", ["class": "soft"], caption), .element("div", ["class": "scroll"], [table])])
  }

  private var caption: String {
    let counts = Set(runs.map(\.repeats.count)).sorted()
    let repeats = counts.map(String.init).joined(separator: " or ")
    return "Medians of \(repeats) \(counts == [1] ? "repeat" : "repeats"), with the range. Throughput is frame bytes "
      + "without FCS; goodput is payload, of migrations as it was sent: after compression. Cases marked emulated hold "
      + "each worker to a share of a CPU."
  }

  private func heading(_ group: String) -> HTML {
    .element("tr", ["class": "group"], [.element("th", ["colspan": "8", "scope": "rowgroup"], group)])
  }

  private func row(_ run: Run) -> HTML {
    let color = "background: var(--c\(charts.color(run.scenario.steering) % 6))"
    let kind = run.scenario.emulatedShare.map { "emulated, \($0) of a CPU a worker" } ?? "real cores"
    return .element(
      "tr",
      [
        .element(
          "td",
          [
            .element("span", ["class": "key", "style": color], ""), .text(run.scenario.label),
            .element("span", ["class": "soft"], kind),
          ]),
        linkUsed(run),
        number(
          Figure.rate(run.throughputBitsPerSecond.median),
          "\(Figure.rate(run.throughputBitsPerSecond.lowest)) – \(Figure.rate(run.throughputBitsPerSecond.highest))",
          repeats: run.repeats.count),
        number(Figure.rate(run.goodputBitsPerSecond.median)),
        number(Figure.seconds(run.seconds.median)),
        number(Figure.milliseconds(run.blackoutMilliseconds.median)),
        number(
          run.representative.workers.map(\.load).max().map(Figure.percent) ?? "–",
          run.representative.busiestShare.map { "\(Figure.percent($0)) of frames" }),
        .element("td", ["class": "n \(run.verified ? "yes" : "no")"], run.verified ? "yes" : "no"),
      ])
  }

  /// The part of the link; without a limit, how many times one worker's capacity.
  private func linkUsed(_ run: Run) -> HTML {
    if let link = run.linkUtilization {
      return number(
        Figure.percent(link.median), Figure.percentRange(link.lowest, link.highest), repeats: run.repeats.count)
    }
    return number("no limit", run.workersWorth.map { "\(Figure.ratio($0)) one worker" })
  }

  /// A figure, and its range below; a single repeat has none.
  private func number(_ figure: String, _ range: String? = nil, repeats: Int = 2) -> HTML {
    let below = repeats > 1 ? range.map { [HTML.element("span", ["class": "soft"], $0)] } ?? [] : []
    return .element("td", ["class": "n"], [.text(figure)] + below)
  }
}
