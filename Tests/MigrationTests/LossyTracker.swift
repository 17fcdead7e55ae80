import Migration

/// A tracker with a fault: it forgets one page the first time it would report it.
final class LossyTracker: DirtyTracker {
  let method = "a tracker that forgets a page"
  private let tracker: any DirtyTracker
  private let forgotten: Int

  init(_ tracker: any DirtyTracker, forgetting page: Int) {
    self.tracker = tracker
    forgotten = page
  }

  func begin() throws(MigrationError) { try tracker.begin() }

  func take(into pages: inout PageRuns) throws(MigrationError) {
    var all = PageRuns()
    try tracker.take(into: &all)
    pages.removeAll()
    for page in all.runs.flatMap({ $0.first..<$0.end }) where page != forgotten {
      pages.append(PageRun(first: page, count: 1))
    }
  }
}
