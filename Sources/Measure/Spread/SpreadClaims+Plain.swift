extension SpreadClaims {
  /// What the account says of migration over the network adapter itself, no virtual switch between.
  static var plainAdapter: [ClaimRule] {
    [
      rule(
        "plain-adapter-fills-the-link",
        "Over the plain network adapter, three to four simultaneous live migrations use all of the link.",
        published: "10 of 10 Gb/s", ratio: 1, criterion: "rss, 4 migrations to 1 host: at least 95 % of the link",
        judge: linkUse("rss-4-to-1") { $0 >= full }),
      rule(
        "one-migration-one-core",
        "A single live migration uses about 4 Gb/s at most: one stream maxes out a single core.",
        published: "4 of 10 Gb/s", ratio: 0.4,
        criterion: "rss, 1 migration: at most 43 % of the link, on a worker at least 90 % busy",
        note: "The link's rate is chosen so that one worker carries about 40 % of it; that one flow stays there is "
          + "what is measured.",
        judge: { runs in
          guard let used = runs.utilization("rss-1-to-1"), let run = runs.named("rss-1-to-1")?.representative,
            let load = run.workers.map(\.load).max()
          else { return .notRun }
          return .init(
            measured: "\(Figure.percent(used)) of the link, busiest worker \(Figure.percent(load)) busy", ratio: used,
            holds: used <= oneCore && load >= 0.9)
        }),
      rule(
        "one-stream-cannot-be-spread",
        "The load of a single migration cannot be distributed: it is one stream and its packet order must be kept.",
        published: "no gain, order kept", ratio: 1,
        criterion: "1 migration: vmq+vrss within 10 % of vmq, and no segment seen out of order in any run",
        judge: { runs in
          guard let spread = runs.utilization("vmq-vrss-1-to-1"), let held = runs.utilization("vmq-1-to-1") else {
            return .notRun
          }
          let reordered = runs.reduce(0) { $0 + $1.reorderings }
          return .init(
            measured: "vmq+vrss \(Figure.ratio(spread / held)) vmq; \(reordered) reorderings in all runs",
            ratio: spread / held, holds: abs(spread / held - 1) <= 0.1 && reordered == 0)
        }),
      rule(
        "rss-spreads-the-load",
        "RSS distributes the load of several migrations over multiple cores of the target.",
        published: "several cores", criterion: "rss, 4 migrations to 1 host: 4 workers with 10 % of the frames or more",
        judge: { runs in
          guard let run = runs.named("rss-4-to-1")?.representative else { return .notRun }
          let workers = run.workersCarrying(atLeast: 0.1)
          return .init(measured: "\(workers) workers carry 10 % or more", ratio: nil, holds: workers >= 4)
        }),
    ]
  }
}
