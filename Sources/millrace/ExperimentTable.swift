import Measure

import struct Control.OutputTable

/// A report for the terminal: the cases, its tables, then how many claims were reproduced.
enum ExperimentTable {
  static func text(_ report: Report) -> String {
    var table = OutputTable([
      .left("CASE"), .right("LINK USED"), .right("RANGE"), .right("THROUGHPUT"), .right("BUSIEST WORKER"),
      .right("VERIFIED"),
    ])
    for run in report.runs {
      let link = run.linkUtilization
      table.add([
        run.scenario.name + (run.scenario.isEmulated ? "" : " (real cores)"),
        link.map { Figure.percent($0.median) } ?? "no limit",
        link.map { Figure.percentRange($0.lowest, $0.highest) } ?? "-",
        Figure.rate(run.throughputBitsPerSecond.median),
        run.representative.workers.map(\.load).max().map(Figure.percent) ?? "-",
        run.verified ? "yes" : "NO",
      ])
    }
    let notRun = report.notRun.isEmpty ? "" : "not run: \(report.notRun.joined(separator: "; "))\n"
    let judged = report.claims.compactMap(\.reproduced)
    let claims =
      "\(judged.count { $0 }) of \(judged.count) published claims reproduced, "
      + "\(report.claims.count - judged.count) not measured"
    return "\n\(table)\n\(notRun)\(report.tables.map(text).joined())\(claims)\n"
  }

  private static func text(_ table: Report.Table) -> String {
    var rows = OutputTable(table.head.enumerated().map { $0.offset == 0 ? .left($0.element) : .right($0.element) })
    for row in table.rows { rows.add(row) }
    return "\(table.title)\n\(rows)\n"
  }
}
