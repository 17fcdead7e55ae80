import CLinux
import Units

/// Pages that follow a VM which runs here already.
extension ReceivingSession {
  /// Drops the pages that follow after the hand-over.
  func prepare(_ pages: PageRuns) throws(MigrationError) -> ControlRecord? {
    let (vm, table) = monitor.with { state in
      state.finished = ml_monotonic_ns()
      return (state.vm, state.digests)
    }
    guard let image = vm?.image, let digests = table else { return nil }
    guard pages.runs.last?.end ?? 0 <= image.pageCount else { throw .corrupt(figures.source, "pages it does not have") }
    do throws(MigrationError) {
      let missing = try MissingPages(pages, of: image, digests: digests) { [monitor] page in
        monitor.with { $0.wanted.append(page) }
      }
      monitor.with { $0.missing = missing }
      return .ready
    } catch {
      end(failure: error.description)
      return nil
    }
  }

  /// Tells the source which pages writers wait for, as long as the connection stands.
  func tellWanted(over connection: TCPConnection, _ number: Int) throws(MigrationError) {
    while true {
      let deadline = Nanoseconds(ml_monotonic_ns()) + .milliseconds(200)
      let pages = monitor.wait(until: deadline) { state -> [Int]? in
        if state.phase == .over || state.slots[number].claims > 0 { return [] }
        defer { state.wanted = [] }
        return state.wanted.isEmpty ? nil : state.wanted
      }
      guard let pages else {
        // Nothing is read here: that the source has gone must be looked for.
        if connection.isOpen { continue } else { return }
      }
      if pages.isEmpty { return }
      var wire = WireBytes([])
      for page in pages { wire.append(UInt64(page)) }
      try connection.send(wire.bytes)
    }
  }

  /// All pages have come, or none will any more: writers wait for none from here on.
  func endMissing() {
    let missing = monitor.with { state in
      defer { state.missing = nil }
      return state.missing
    }
    guard let missing else { return }
    missing.end()
    monitor.with { $0.figures.faults = missing.figures }
  }
}
