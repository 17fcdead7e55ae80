import Units

/// The charts that every report has, made from its runs.
struct ReportCharts {
  let runs: [Run]

  /// The place of a steering is its colour: the switch's modes have the same in every report, others come after.
  var steerings: [String] {
    let used = ordered(runs.map(\.scenario.steering))
    return Self.modes + used.filter { !Self.modes.contains($0) }
  }

  private static let modes = ["single", "vmq", "vmq+vrss", "rss"]

  var groups: [String] { ordered(runs.map(\.scenario.group)) }

  func color(_ steering: String) -> Int { steerings.firstIndex(of: steering) ?? 0 }

  /// Link utilisation by case, nil when no case had a link limit.
  var utilization: Chart? {
    let limited = runs.filter { $0.linkUtilization != nil }
    guard !limited.isEmpty else { return nil }
    let series = steerings.compactMap { steering -> Chart.Series? in
      guard limited.contains(where: { $0.scenario.steering == steering }) else { return nil }
      let mine = limited.map { $0.scenario.steering == steering ? $0.linkUtilization : nil }
      return Chart.Series(
        name: steering, color: color(steering), values: mine.map { $0.map { $0.median * 100 } },
        low: mine.map { $0.map { $0.lowest * 100 } }, high: mine.map { $0.map { $0.highest * 100 } })
    }
    let parts = limited.compactMap { run -> Double? in
      guard let link = run.scenario.link, let capacity = run.scenario.workerCapacity else { return nil }
      return Double(capacity.bitsPerSecond) / Double(link.bitsPerSecond) * 100
    }
    let marks = Set(parts).count == 1 ? parts.prefix(1).map { Chart.Mark(value: $0, label: "one worker") } : []
    return Chart(
      id: "utilization", kind: .bars, title: "Link utilisation by case", unit: "% of the link",
      labels: limited.map(\.scenario.label), series: series, marks: marks, maximum: 100)
  }

  /// Throughput of the cases without a link limit: emulated and real cores apart, for their scales differ.
  var unlimited: [Chart] {
    let free = runs.filter { $0.linkUtilization == nil }
    let emulated = unlimited("unlimited", "No link limit, emulated cores", free.filter(\.scenario.isEmulated))
    return [emulated, unlimited("real-cores", "No link limit, real cores", free.filter { !$0.scenario.isEmulated })]
      .compactMap { $0 }
  }

  private func unlimited(_ id: String, _ title: String, _ free: [Run]) -> Chart? {
    guard !free.isEmpty else { return nil }
    let series = steerings.compactMap { steering -> Chart.Series? in
      guard free.contains(where: { $0.scenario.steering == steering }) else { return nil }
      let mine = free.map { $0.scenario.steering == steering ? $0.throughputBitsPerSecond : nil }
      return Chart.Series(
        name: steering, color: color(steering), values: mine.map { $0.map { $0.median / 1e6 } },
        low: mine.map { $0.map { $0.lowest / 1e6 } }, high: mine.map { $0.map { $0.highest / 1e6 } })
    }
    let capacities = Set(free.compactMap(\.scenario.workerCapacity))
    let marks = capacities.count == 1 ? capacities.map { Double($0.bitsPerSecond) / 1e6 } : []
    return Chart(
      id: id, kind: .bars, title: title, unit: "Mbit/s", labels: free.map(\.scenario.label), series: series,
      marks: marks.map { Chart.Mark(value: $0, label: "one worker") })
  }

  /// Throughput over time: one chart a group, one line a case.
  var throughput: [Chart] {
    groups.enumerated().compactMap { place, group in
      let mine = runs.filter { $0.scenario.group == group && !$0.representative.series.isEmpty }
      guard !mine.isEmpty else { return nil }
      let links = Set(mine.compactMap(\.scenario.link))
      return Chart(
        id: "throughput-\(place)", kind: .lines, title: group, unit: "Mbit/s",
        series: mine.enumerated().map { place, run in
          Chart.Series(
            name: name(run, among: mine), color: color(place, among: mine), values: [],
            points: run.representative.series.map { Chart.Point(x: $0.seconds, y: $0.bitsPerSecond / 1e6) })
        },
        marks: links.count == 1 ? links.map { Chart.Mark(value: Double($0.bitsPerSecond) / 1e6, label: "link") } : [],
        // Room above the mark for its label.
        maximum: links.map { Double($0.bitsPerSecond) / 1e6 * 1.12 }.max())
    }
  }

  /// Load per worker: one chart a group, a bar for each worker and case.
  var loads: [Chart] {
    groups.enumerated().compactMap { place, group in
      let mine = runs.filter { $0.scenario.group == group && !$0.representative.workers.isEmpty }
      guard let most = mine.map(\.representative.workers.count).max() else { return nil }
      return Chart(
        id: "load-\(place)", kind: .columns, title: group, unit: "% of one worker",
        labels: (0..<most).map { "\($0)" },
        series: mine.enumerated().map { place, run in
          let loads = Dictionary(run.representative.workers.map { ($0.worker, $0.load) }) { first, _ in first }
          return Chart.Series(
            name: name(run, among: mine), color: color(place, among: mine),
            values: (0..<most).map { worker in loads[worker].map { $0 * 100 } })
        },
        marks: [Chart.Mark(value: 100, label: "one worker's capacity")], maximum: 110)
    }
  }

  /// Load of each worker over time, with the moves: one chart a case that has them.
  var loadSeries: [Chart] {
    runs.enumerated().compactMap { place, run in
      let repeated = run.representative
      guard !repeated.workerSeries.isEmpty else { return nil }
      return Chart(
        id: "load-series-\(place)", kind: .lines, title: run.scenario.label, unit: "% of one worker",
        series: repeated.workerSeries.map { worker in
          Chart.Series(
            name: "worker \(worker.worker)", color: worker.worker, values: [],
            points: worker.points.map { Chart.Point(x: $0.seconds, y: $0.load * 100) })
        },
        moments: Set(repeated.moves.map { ($0.seconds * 10).rounded() / 10 }).sorted(), maximum: 110)
    }
  }

  /// The steering alone where that tells a group's cases apart.
  private func name(_ run: Run, among group: [Run]) -> String {
    group.count { $0.scenario.steering == run.scenario.steering } == 1 ? run.scenario.steering : run.scenario.label
  }

  /// The steering's colour; cases of one group with the same steering take the colours that no mode has.
  private func color(_ place: Int, among group: [Run]) -> Int {
    let steering = group[place].scenario.steering
    let before = group[..<place].count { $0.scenario.steering == steering }
    return before == 0 ? color(steering) : Self.modes.count + before - 1
  }

  private func ordered(_ names: [String]) -> [String] {
    var seen: Set<String> = []
    return names.filter { seen.insert($0).inserted }
  }
}
