/// All claims of several reports on one page: a row for each.
public struct ClaimsReport {
  let reports: [Report]

  public init(_ reports: [Report]) { self.reports = reports }

  /// Precondition: at least one report.
  public var report: Report {
    let claims = reports.flatMap(\.claims)
    let judged = claims.compactMap(\.reproduced)
    return Report(
      experiment: "all", title: "What was published of live migration, and what is seen here",
      summary:
        "\(judged.count { $0 }) of \(judged.count) published claims that could be measured here were reproduced; "
        + "\(claims.count - judged.count) could not be measured or were not run.",
      highlights: [], machine: reports[0].machine,
      settings: reports.map { .init($0.experiment, $0.summary) },
      method: [
        "Each experiment has a page of its own, in the folder of its name, which says how it was measured. A “no” often "
          + "means that a limit of the published system is gone: the criterion says what was looked for."
      ],
      runs: reports.flatMap { report in
        report.runs.map { run in
          var run = run
          run.scenario.name = "\(report.experiment)-\(run.scenario.name)"
          run.scenario.group = "\(report.experiment): \(run.scenario.group)"
          return run
        }
      }, notRun: reports.flatMap { report in report.notRun.map { "\(report.experiment): \($0)" } }, claims: claims,
      started: reports[0].started, seconds: reports.reduce(0) { $0 + $1.seconds })
  }
}
