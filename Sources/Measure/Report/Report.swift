/// What an experiment hands back: all that report.json and the page hold.
public struct Report: Sendable, Codable {
  public var experiment: String
  public var title: String
  /// What was asked, and the answer in a sentence or two.
  public var summary: String
  /// The few figures that answer the question.
  public var highlights: [Highlight]
  public var machine: Machine
  /// What was fixed before the first run, in the order a reader should meet it.
  public var settings: [Setting]
  /// How it was measured: paragraphs.
  public var method: [String]
  public var runs: [Run]
  /// Cases that this machine cannot run, as people call them.
  public var notRun: [String]
  public var claims: [Claim]
  /// Figures that cases do not have a column for.
  public var tables: [Table]
  /// Wall-clock time of the start, ISO 8601.
  public var started: String
  public var seconds: Double

  public struct Setting: Hashable, Sendable, Codable {
    public var name: String
    public var value: String

    public init(_ name: String, _ value: String) {
      self.name = name
      self.value = value
    }
  }

  public struct Highlight: Hashable, Sendable, Codable {
    public var value: String
    public var meaning: String

    public init(_ value: String, _ meaning: String) {
      self.value = value
      self.meaning = meaning
    }
  }

  /// Texts in rows; the first column is what a row is about.
  public struct Table: Hashable, Sendable, Codable {
    public var title: String
    public var note: String
    public var head: [String]
    public var rows: [[String]]

    public init(title: String, note: String, head: [String], rows: [[String]]) {
      self.title = title
      self.note = note
      self.head = head
      self.rows = rows
    }
  }

  public init(
    experiment: String, title: String, summary: String, highlights: [Highlight], machine: Machine,
    settings: [Setting], method: [String], runs: [Run], notRun: [String] = [], claims: [Claim], tables: [Table] = [],
    started: String, seconds: Double
  ) {
    self.experiment = experiment
    self.title = title
    self.summary = summary
    self.highlights = highlights
    self.machine = machine
    self.settings = settings
    self.method = method
    self.runs = runs
    self.notRun = notRun
    self.claims = claims
    self.tables = tables
    self.started = started
    self.seconds = seconds
  }
}
