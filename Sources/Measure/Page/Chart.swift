/// One chart of a page, as data; the page's script draws it with Chart.js.
public struct Chart: Hashable, Sendable, Codable {
  public enum Kind: String, Hashable, Sendable, Codable {
    /// A horizontal bar a label.
    case bars
    /// A group of upright bars a label, one of each series.
    case columns
    /// Lines over time.
    case lines
  }

  public struct Series: Hashable, Sendable, Codable {
    public var name: String
    /// Which of the page's colours; the same steering has the same colour everywhere.
    public var color: Int
    /// One value a label (bars, columns), nil where there is none.
    public var values: [Double?]
    /// Lowest and highest of each value, drawn as a whisker; empty for none.
    public var low: [Double?] = []
    public var high: [Double?] = []
    /// Points of a line.
    public var points: [Point] = []
  }

  public struct Point: Hashable, Sendable, Codable {
    public var x: Double
    public var y: Double
  }

  /// A dashed line across at a value, with its meaning beside it.
  public struct Mark: Hashable, Sendable, Codable {
    public var value: Double
    public var label: String
  }

  /// The element it is drawn in.
  public var id: String
  public var kind: Kind
  /// For the page, and for readers who do not see the drawing.
  public var title: String
  /// What the value axis counts: `% of the link`.
  public var unit: String
  public var labels: [String] = []
  public var series: [Series]
  public var marks: [Mark] = []
  /// Moments of a chart over time at which something happened, drawn as ticks at its foot.
  public var moments: [Double] = []
  /// The value axis ends here, or farther when a value does.
  public var maximum: Double?
}
