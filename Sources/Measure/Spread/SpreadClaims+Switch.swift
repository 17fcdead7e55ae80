extension SpreadClaims {
  /// What the account says of migration through a virtual NIC of the host on a virtual switch.
  static var throughTheSwitch: [ClaimRule] {
    [
      rule(
        "virtual-switch-limits-the-link",
        "Through a host vNIC on the virtual switch, the same simultaneous migrations get only around 4.5 Gb/s.",
        published: "4.5 of 10 Gb/s", ratio: published,
        criterion: "vmq, 4 migrations to 1 host: at most 43 % of the link",
        judge: linkUse("vmq-4-to-1") { $0 <= oneCore }),
      rule(
        "rss-and-vmq-exclude-each-other",
        "RSS and VMQ are mutually exclusive: on the virtual switch a single core processes all the traffic.",
        published: "1 core", ratio: 1,
        criterion: "vmq, 4 migrations to 1 host: one worker takes at least 95 % of the frames",
        note: "True of vmq here; vmq+vrss is the mode in which they no longer exclude each other.",
        judge: { runs in
          guard let share = runs.named("vmq-4-to-1")?.representative.busiestShare else { return .notRun }
          return .init(
            measured: "one worker takes \(Figure.percent(share)) of the frames", ratio: share, holds: share >= 0.95)
        }),
      rule(
        "the-core-is-maxed-out",
        "The bottleneck is that single core: it maxes out at 100 percent.",
        published: "100 % of a core", ratio: 1,
        criterion: "vmq, 4 migrations to 1 host: the busiest worker is at least 90 % busy, every other at most 50 %",
        judge: { runs in
          guard let run = runs.named("vmq-4-to-1")?.representative else { return .notRun }
          let loads = run.workers.map(\.load).sorted(by: >)
          guard let most = loads.first else { return .notRun }
          let second = loads.dropFirst().first ?? 0
          return .init(
            measured: "busiest \(Figure.percent(most)), next \(Figure.percent(second))", ratio: most,
            holds: most >= 0.9 && second <= 0.5)
        }),
      rule(
        "also-without-a-vmq",
        "Even when no VMQ was assigned to the virtual adapter, the traffic is limited to a single core.",
        published: "about 4 of 10 Gb/s", ratio: 0.4,
        criterion: "single, 4 migrations to 1 host: at most 43 % of the link",
        judge: linkUse("single-4-to-1") { $0 <= oneCore }),
      rule(
        "speed-follows-the-core",
        "The exact speed depends on the speed of the processor cores.",
        published: "no figure",
        criterion: "half the share of a CPU a worker: 0.4 to 0.6 of one worker's capacity",
        judge: { runs in
          let whole = runs.named(SpreadCalibration.name)
          let half = runs.named(SpreadCalibration.halfName)
          guard let whole = whole?.throughputBitsPerSecond.median, let half = half?.throughputBitsPerSecond.median,
            whole > 0
          else { return .notRun }
          return .init(
            measured: "\(Figure.ratio(half / whole)) with half the core", ratio: half / whole,
            holds: (0.4...0.6).contains(half / whole))
        }),
    ]
  }
}
