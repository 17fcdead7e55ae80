/// Aligned text for people: a line of titles, then one line a row, columns two spaces apart. Numbers go right.
public struct OutputTable: Sendable, CustomStringConvertible {
  public struct Column: Sendable {
    var title: String
    var isRight: Bool

    /// Words.
    public static func left(_ title: String) -> Column { Column(title: title, isRight: false) }
    /// Numbers.
    public static func right(_ title: String) -> Column { Column(title: title, isRight: true) }
  }

  private let columns: [Column]
  private var rows: [[String]] = []

  public init(_ columns: [Column]) { self.columns = columns }

  public var isEmpty: Bool { rows.isEmpty }

  /// Adds a row. A row that is too short ends with empty cells; what exceeds the columns is a mistake of the program.
  public mutating func add(_ cells: [String]) {
    precondition(cells.count <= columns.count, "\(cells.count) cells in a table of \(columns.count) columns")
    rows.append(cells + Array(repeating: "", count: columns.count - cells.count))
  }

  /// The lines, titles first, without trailing spaces.
  public var lines: [String] {
    let all = [columns.map(\.title)] + rows
    let widths = columns.indices.map { column in all.map { $0[column].count }.max() ?? 0 }
    return all.map { row in
      var line = ""
      for (index, cell) in row.enumerated() {
        let padding = String(repeating: " ", count: widths[index] - cell.count)
        line += (index == 0 ? "" : "  ") + (columns[index].isRight ? padding + cell : cell + padding)
      }
      while line.last == " " { line.removeLast() }
      return line
    }
  }

  /// The lines, each ended by a newline.
  public var description: String { lines.map { $0 + "\n" }.joined() }
}
