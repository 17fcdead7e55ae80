/// Which cases the spread experiment runs, in the order it runs and shows them.
extension SpreadCase: ExperimentCase {
  /// Every steering, 1, 4 and 8 migrations, to 1 and 4 hosts; then the asymmetric cases, the link limit lifted, and the
  /// machine's own cores.
  package static var full: [SpreadCase] {
    let shapes = [(1, 1), (4, 1), (8, 1), (1, 4), (4, 4), (8, 4)]
    let matrix = shapes.flatMap { migrations, targets in
      SpreadCase.steerings.map { SpreadCase(receiving: $0, migrations: migrations, targets: targets) }
    }
    return matrix + asymmetric
      + [4, 8].map { SpreadCase(receiving: "vmq+vrss", migrations: $0, targets: 1, isLimited: false) }
      + SpreadCase.steerings.map { realCores($0) }
  }

  /// What carries the headline.
  package static var quick: [SpreadCase] {
    ["vmq", "vmq+vrss", "rss"].map { SpreadCase(receiving: $0, migrations: 1, targets: 1) }
      + SpreadCase.steerings.map { SpreadCase(receiving: $0, migrations: 4, targets: 1) }
      + [SpreadCase(receiving: "vmq", migrations: 4, targets: 4)]
      + asymmetric
      + [SpreadCase(receiving: "vmq+vrss", migrations: 4, targets: 1, isLimited: false)]
      + ["vmq", "vmq+vrss"].map { realCores($0) }
  }

  /// A plain target behind a sender with a switch, and the reverse.
  static var asymmetric: [SpreadCase] {
    [
      SpreadCase(receiving: "rss", sending: "vmq", migrations: 4, targets: 1),
      SpreadCase(receiving: "vmq", sending: "rss", migrations: 4, targets: 1),
    ]
  }

  private static func realCores(_ steering: String) -> SpreadCase {
    SpreadCase(receiving: steering, migrations: 4, targets: 1, isEmulated: false, isLimited: false)
  }
}
