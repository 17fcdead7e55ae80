import Units

/// What the runs say of rates that were asked for.
extension Run {
  /// How far what arrived was from the maximum: 0.01 is 1 % more. nil without a link.
  var deviation: Double? { linkUtilization.map { $0.median - 1 } }

  /// The 100 ms furthest from the maximum, over all repeats.
  var worstDeviation: Double? {
    guard let link = scenario.link else { return nil }
    return repeats.flatMap(\.series).map { $0.bitsPerSecond / Double(link.bitsPerSecond) - 1 }
      .max { abs($0) < abs($1) }
  }

  /// What each of several ports had of the whole, the median of all repeats.
  var shares: [Double] {
    guard let count = repeats.map(\.shares.count).min() else { return [] }
    return (0..<count).map { place in Summary(repeats.map { $0.shares[place] })?.median ?? 0 }
  }

  /// Round trips of the repeat whose 99th percentile under load is the median.
  var response: ResponseTimes? {
    let all = repeats.compactMap(\.response).sorted {
      $0.loaded.p99Microseconds ?? .infinity < $1.loaded.p99Microseconds ?? .infinity
    }
    return all.isEmpty ? nil : all[(all.count - 1) / 2]
  }
}

/// Round trips beside nothing, and under load.
public struct ResponseTimes: Hashable, Sendable, Codable {
  public var unloaded: RoundTrips
  public var loaded: RoundTrips

  public init(unloaded: RoundTrips, loaded: RoundTrips) {
    self.unloaded = unloaded
    self.loaded = loaded
  }

  /// The 99th percentiles, for people.
  var p99s: String {
    "p99 \(RoundTrips.text(unloaded.p99Microseconds)) alone, \(RoundTrips.text(loaded.p99Microseconds)) under load"
  }
}
