import Foundation
import Units

/// A report as one HTML page that opens without a network: style, data and chart library are all inside.
public struct ReportPage {
  let report: Report
  let library: ChartLibrary

  public init(_ report: Report, library: ChartLibrary) {
    self.report = report
    self.library = library
  }

  public func html() throws -> String {
    let charts = ReportCharts(runs: report.runs)
    let all =
      [charts.utilization].compactMap { $0 } + charts.unlimited + charts.throughput + charts.loads + charts.loadSeries
    let encoder = JSONEncoder()
    encoder.outputFormatting = [.sortedKeys]
    let data = String(decoding: try encoder.encode(all), as: UTF8.self)
    return HTML.document(
      title: "\(report.title) · Millrace",
      head: [.style(PageStyle.css)],
      body: [
        header,
        report.runs.isEmpty ? .empty : section("Link utilisation", [utilization(charts)]),
        section(
          "Cases", (report.runs.isEmpty ? [] : [CaseTable(runs: report.runs, charts: charts).html]) + notRun),
        .element("div", report.tables.map(table)),
        section(
          "Claims",
          [.element("p", ["class": "soft"], "What was published, beside what was measured here.")]
            + [ClaimTable(claims: report.claims).html]),
        charts.throughput.isEmpty
          ? .empty : section("Throughput over time", [grid(charts.throughput, height: 240)]),
        charts.loads.isEmpty
          ? .empty
          : section(
            "Load per worker",
            [.element("p", ["class": "soft"], loadNote), grid(charts.loads, height: 240)]),
        charts.loadSeries.isEmpty
          ? .empty
          : section(
            "Load per worker over time",
            [.element("p", ["class": "soft"], "Ticks at the foot are moves of queues or entries.")]
              + [grid(charts.loadSeries, height: 240)]),
        section("Method", report.method.map { .element("p", $0) } + [settings]),
        section("Machine", [machine]),
        footer,
        .data(id: "charts", json: data), .script(library.source), .script(PageScript.source),
      ])
  }

  private var header: HTML {
    .element(
      "header",
      [
        .element("h1", report.title),
        .element("p", ["class": "lead"], report.summary),
        .element(
          "div", ["class": "tiles"],
          report.highlights.map {
            .element("div", ["class": "tile"], [.element("b", $0.value), .element("span", $0.meaning)])
          }),
      ])
  }

  private var notRun: [HTML] {
    guard report.notRun.isEmpty else { return [.element("p", "Not run: \(report.notRun.joined(separator: "; ")).")] }
    return report.runs.isEmpty ? [.element("p", "None was run.")] : []
  }

  private var footer: HTML {
    .element(
      "footer", ["class": "soft small"],
      "millrace \(report.machine.millraceVersion) · experiment \(report.experiment) · \(report.started) · "
        + "\(Figure.decimals(report.seconds / 60, 1)) min · charts: Chart.js \(library.version) · "
        + "the same figures as JSON: report.json")
  }

  private func section(_ title: String, _ content: [HTML]) -> HTML {
    .element("section", [.element("h2", title)] + content)
  }

  private func utilization(_ charts: ReportCharts) -> HTML {
    let drawn = [charts.utilization].compactMap { $0 } + charts.unlimited
    let figures = drawn.map { chart in
      figure(chart, height: 90 + 30 * chart.labels.count, heading: chart.id != "utilization")
    }
    let used = Set(report.runs.map(\.scenario.steering))
    let key = charts.steerings.enumerated().filter { used.contains($0.element) }.map { place, steering in
      HTML.element(
        "span", ["style": "margin-right: 1.5rem"],
        [.element("span", ["class": "key", "style": "background: var(--c\(place % 6))"], ""), .text(steering)])
    }
    let note = "Medians; whiskers run from the lowest to the highest repeat."
    return .element(
      "div", [.element("p", ["class": "small"], key), .element("p", ["class": "soft small"], note)] + figures)
  }

  private func table(_ table: Report.Table) -> HTML {
    func row(_ cells: [String], _ name: String) -> HTML {
      .element(
        "tr", cells.enumerated().map { place, cell in .element(name, ["class": place == 0 ? "" : "n"], cell) })
    }
    let content = HTML.element(
      "table",
      [
        .element("thead", [row(table.head, "th")]), .element("tbody", table.rows.map { row($0, "td") }),
      ])
    return section(
      table.title, [.element("p", ["class": "soft"], table.note), .element("div", ["class": "scroll"], [content])])
  }

  private func grid(_ charts: [Chart], height: Int) -> HTML {
    .element("div", ["class": "grid"], charts.map { figure($0, height: height, heading: true) })
  }

  private func figure(_ chart: Chart, height: Int, heading: Bool) -> HTML {
    let canvas = HTML.element("canvas", ["id": chart.id, "role": "img", "aria-label": chart.title], "")
    return .element(
      "figure",
      (heading ? [.element("h3", chart.title)] : [])
        + [.element("div", ["class": "canvas", "style": "height: \(height)px"], [canvas])])
  }

  private var loadNote: String {
    let capacities = Set(report.runs.compactMap(\.scenario.workerCapacity))
    let start = "Mean over the window of the repeat with the median throughput. A worker at 100 % is full"
    guard let capacity = capacities.first, capacities.count == 1 else { return start + "." }
    return start + ": it then carries one worker's capacity, \(Figure.rate(Double(capacity.bitsPerSecond))) here."
  }

  private var settings: HTML {
    list(report.settings.map { ($0.name, $0.value) })
  }

  private var machine: HTML {
    list([
      ("Processor", report.machine.processor), ("Cores", "\(report.machine.cores)"),
      ("Memory", Figure.size(Double(report.machine.memoryBytes))), ("Kernel", report.machine.kernel),
      ("System", report.machine.operatingSystem), ("Millrace", report.machine.millraceVersion),
    ])
  }

  private func list(_ pairs: [(String, String)]) -> HTML {
    .element("dl", pairs.flatMap { [HTML.element("dt", $0.0), HTML.element("dd", $0.1)] })
  }
}
