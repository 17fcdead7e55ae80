/// Consecutive pages of a memory image.
public struct PageRun: Hashable, Sendable {
  /// Index of the first page.
  public var first: Int
  /// Pages in the run, at least 1.
  public var count: Int

  public init(first: Int, count: Int) {
    self.first = first
    self.count = count
  }

  /// Index after the last page.
  public var end: Int { first + count }
}

/// A set of pages as ascending runs that neither overlap nor touch.
public struct PageRuns: Hashable, Sendable {
  public private(set) var runs: [PageRun] = []
  /// Pages in all runs.
  public private(set) var pageCount = 0

  public init() {}

  /// All pages from 0 on.
  public init(all pages: Int) {
    self.init()
    if pages > 0 { append(PageRun(first: 0, count: pages)) }
  }

  /// These pages.
  package init(pages: Set<Int>) {
    self.init()
    for page in pages.sorted() { append(PageRun(first: page, count: 1)) }
  }

  /// At most so many runs, with what lies between those that are closest to each other.
  package func coarse(atMost most: Int) -> PageRuns {
    var (result, gap) = (self, 1)
    while result.runs.count > most {
      gap *= 2
      result = runs.reduce(into: PageRuns()) { coarse, run in
        if let end = coarse.runs.last?.end, run.first - end <= gap {
          coarse.append(PageRun(first: end, count: run.end - end))
        } else {
          coarse.append(run)
        }
      }
    }
    return result
  }

  public var isEmpty: Bool { runs.isEmpty }

  /// Adds a run that starts at or after the end of the last one.
  public mutating func append(_ run: PageRun) {
    precondition(run.count > 0 && run.first >= runs.last?.end ?? 0, "runs are appended in ascending order")
    pageCount += run.count
    if let last = runs.indices.last, runs[last].end == run.first {
      runs[last].count += run.count
    } else {
      runs.append(run)
    }
  }

  /// Forgets the pages, keeps the storage.
  public mutating func removeAll() {
    runs.removeAll(keepingCapacity: true)
    pageCount = 0
  }

  /// The pages in either set.
  public func union(_ other: PageRuns) -> PageRuns {
    var (result, i, j) = (PageRuns(), 0, 0)
    while i < runs.count || j < other.runs.count {
      let next: PageRun
      if j == other.runs.count || (i < runs.count && runs[i].first <= other.runs[j].first) {
        next = runs[i]
        i += 1
      } else {
        next = other.runs[j]
        j += 1
      }
      let start = max(next.first, result.runs.last?.end ?? 0)
      if start < next.end { result.append(PageRun(first: start, count: next.end - start)) }
    }
    return result
  }

  public func contains(_ page: Int) -> Bool { runs.contains { $0.first <= page && page < $0.end } }
}
