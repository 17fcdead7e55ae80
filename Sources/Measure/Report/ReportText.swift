/// What an experiment says of its runs. The rest of a report is the same for all experiments.
public protocol ReportText {
  var title: String { get }
  /// What was asked, and the answer in a sentence or two.
  var summary: String { get }
  /// The few figures that answer the question.
  var highlights: [Report.Highlight] { get }
  /// What was fixed before the first run, in the order a reader should meet it.
  var listed: [Report.Setting] { get }
  /// How it was measured: paragraphs.
  var method: [String] { get }
  var runs: [Run] { get }
  /// Cases that this machine cannot run, as people call them.
  var notRun: [String] { get }
  var claims: [Claim] { get }
  var tables: [Report.Table] { get }
}

extension ReportText {
  public var notRun: [String] { [] }
  public var tables: [Report.Table] { [] }
}

extension Report {
  init(
    _ text: any ReportText, experiment: String, _ options: ExperimentOptions, started: String, seconds: Double
  ) {
    let counts = Set(text.runs.map(\.repeats.count)).sorted().map(String.init).joined(separator: " or ")
    self.init(
      experiment: experiment, title: text.title, summary: text.summary, highlights: text.highlights,
      machine: options.machine, settings: text.listed + [Setting("Repeats", counts)],
      method: text.method + (options.quick ? ["This is the shortened form: fewer cases and repeats."] : []),
      runs: text.runs, notRun: text.notRun, claims: text.claims, tables: text.tables, started: started, seconds: seconds
    )
  }

  /// For a question whose cases were left out, or do not count.
  static let unanswered = "The cases that answer were not run, or not verified."
}

extension [Run] {
  /// The run of a case; nil when it was not run, and when it is not verified: then none of its figures counts.
  func named(_ name: String) -> Run? { first { $0.scenario.name == name && $0.verified } }

  /// The median part of the link that a case used.
  func utilization(_ name: String) -> Double? { named(name)?.linkUtilization?.median }

  /// Highlights of the parts of the link that cases used; those that were not run or do not count are left out.
  func utilizationHighlights(_ told: [(name: String, meaning: String)]) -> [Report.Highlight] {
    told.compactMap { name, meaning in utilization(name).map { .init(Figure.percent($0), meaning) } }
  }
}
