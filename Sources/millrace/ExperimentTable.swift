import Measure

/// A report for the terminal: the cases, then how many claims were reproduced.
enum ExperimentTable {
  static func text(_ report: Report) -> String {
    var rows = [["CASE", "LINK USED", "RANGE", "THROUGHPUT", "BUSIEST WORKER", "VERIFIED"]]
    for run in report.runs {
      let link = run.linkUtilization
      rows.append([
        run.scenario.name + (run.scenario.isEmulated ? "" : " (real cores)"),
        link.map { Figure.percent($0.median) } ?? "no limit",
        link.map { Figure.percentRange($0.lowest, $0.highest) } ?? "-",
        Figure.rate(run.throughputBitsPerSecond.median),
        run.representative.workers.map(\.load).max().map(Figure.percent) ?? "-",
        run.verified ? "yes" : "NO",
      ])
    }
    let judged = report.claims.compactMap(\.reproduced)
    let claims =
      "\(judged.count { $0 }) of \(judged.count) published claims reproduced, "
      + "\(report.claims.count - judged.count) not measured"
    return "\n\(aligned(rows))\n\(claims)\n"
  }

  /// The first column to the left, figures to the right.
  private static func aligned(_ rows: [[String]]) -> String {
    let widths = rows[0].indices.map { column in rows.map { $0[column].count }.max() ?? 0 }
    return rows.map { row in
      let cells = row.enumerated().map { column, cell in
        let padding = String(repeating: " ", count: widths[column] - cell.count)
        return column == 0 ? cell + padding : padding + cell
      }
      return cells.joined(separator: "  ") + "\n"
    }.joined()
  }
}
