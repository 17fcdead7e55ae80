import Units

/// What is published of bandwidth management, each statement with the rule that judges it by the runs.
package enum BandwidthClaims {
  package static func evaluate(_ runs: [Run], link: BitRate) -> [Claim] { rules(link).map { $0.evaluate(runs) } }

  private static let seed = "003_6d88b28fcd01d1e1.txt"

  /// What a round trip may take longer under load: two frames' time on the link, and 1 ms.
  static func allowance(_ link: BitRate) -> Double { 2 * 1514 * 8 / Double(link.bitsPerSecond) * 1e6 + 1000 }

  static func rules(_ link: BitRate) -> [ClaimRule] {
    [
      ClaimRule(
        id: "maximum-is-reached", source: seed,
        statement: "When there is no congestion a workload can use up to its maximum allotted bandwidth.",
        published: "its maximum", publishedRatio: 1,
        criterion: "Millrace: what arrives is within 1 % of the maximum in every case",
        judge: { runs in
          let all = maximums(runs, of: .millrace)
          guard let worst = all.compactMap(\.deviation).max(by: { abs($0) < abs($1) }) else { return .notRun }
          return .init(
            measured: "\(Figure.percent(worst)) off where it is furthest, of \(all.count) cases", ratio: 1 + worst,
            holds: abs(worst) <= 0.01)
        }),
      ClaimRule(
        id: "minimum-is-kept", source: seed,
        statement: "When there is congestion it has a minimum guaranteed pipe.", published: "its minimum",
        criterion: "Millrace: four saturating ports get their weights' shares within 2 points",
        judge: { runs in
          guard let shares = runs.named("shares-millrace")?.shares, !shares.isEmpty else { return .notRun }
          let worst = zip(shares, BandwidthSettings.weights).map { abs($0 - Double($1) / 100) }.max() ?? 1
          return .init(
            measured: shares.map(Figure.percent).joined(separator: ", "), ratio: nil, holds: worst <= 0.02)
        }),
      ClaimRule(
        id: "one-link-carved-up", source: seed,
        statement:
          "QoS makes it possible to carve NICs up for storage, Live Migration and VM traffic, similar to how many "
          + "servers have NICs for each of these.",
        published: "as with a link of its own",
        criterion: "Millrace: a VM's p99 of request and response under full migration load is at most its unloaded "
          + "p99, two frame times and 1 ms",
        judge: { runs in
          guard let response = runs.named("response-millrace")?.response else { return .notRun }
          guard let alone = response.unloaded.p99Microseconds else {
            return .init(measured: response.p99s, ratio: nil, holds: nil)
          }
          let loaded = response.loaded.p99Microseconds
          return .init(
            measured: response.p99s, ratio: loaded.map { $0 / alone },
            holds: (loaded ?? .infinity) - alone <= allowance(link))
        }),
      ClaimRule(
        id: "policing-is-less-accurate", source: "https://docs.openvswitch.org/en/latest/faq/qos/",
        statement: "Policing is usually less accurate and less effective than shaping.", published: "less accurate",
        criterion: "the meter's worst deviation over all cases is more than HTB's and Millrace's",
        judge: { runs in
          func worst(_ peer: BandwidthCase.Peer) -> Double? {
            maximums(runs, of: peer).compactMap(\.deviation).map { abs($0) }.max()
          }
          guard let meter = worst(.policer), let htb = worst(.htb), let own = worst(.millrace) else { return .notRun }
          return .init(
            measured:
              "off by up to \(Figure.percent(meter)); HTB \(Figure.percent(htb)), Millrace \(Figure.percent(own))",
            ratio: nil, holds: meter > max(htb, own))
        }),
    ]
  }

  static func maximums(_ runs: [Run], of peer: BandwidthCase.Peer) -> [Run] {
    runs.filter { $0.scenario.name.hasPrefix("maximum-") && $0.scenario.name.hasSuffix("-\(peer.rawValue)") }
  }
}
