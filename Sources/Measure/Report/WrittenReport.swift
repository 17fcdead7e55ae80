/// What an experiment says of its runs, where it is told in a few lines.
struct WrittenReport: ReportText {
  var title: String
  var summary: String
  var highlights: [Report.Highlight] = []
  var listed: [Report.Setting]
  var method: [String]
  var runs: [Run]
  var notRun: [String] = []
  /// Judged by the runs.
  var rules: [ClaimRule]
  var tables: [Report.Table] = []

  var claims: [Claim] { rules.map { $0.evaluate(runs) } }
}
