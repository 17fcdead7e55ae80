import Foundation

/// Writes a report's folder: report.json and index.html.
public struct ReportWriter {
  let library: ChartLibrary

  /// Throws `ExperimentError.unavailable` when the chart library is not installed: better before the runs than after.
  public init() throws(ExperimentError) { library = try ChartLibrary() }

  public init(library: ChartLibrary) { self.library = library }

  /// Makes the folder when it is missing; each file is replaced as a whole. Returns the page's path.
  @discardableResult
  public func write(_ report: Report, to folder: URL) throws(ExperimentError) -> URL {
    do {
      try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
      try Self.json(report).write(to: folder.appending(path: "report.json"), options: .atomic)
      let page = folder.appending(path: "index.html")
      try Data(ReportPage(report, library: library).html().utf8).write(to: page, options: .atomic)
      return page
    } catch {
      throw ExperimentError(.failed, "\(folder.path): the report cannot be written: \(error.localizedDescription)")
    }
  }

  /// report.json: sorted keys, so that two reports can be compared line by line.
  public static func json(_ report: Report) throws -> Data {
    let encoder = JSONEncoder()
    encoder.outputFormatting = [.prettyPrinted, .sortedKeys, .withoutEscapingSlashes]
    return try encoder.encode(report)
  }
}
