import Units

/// A run in report.json: medians under the names that stay, ranges and repeats beside them. Every key is always there;
/// a figure that does not apply is null.
extension Run: Codable {
  enum CodingKeys: String, CodingKey {
    case name, label, group, steering, migrations, targets, transport, mtu, emulated, emulatedShare
    case seconds, bytes, goodputBitsPerSecond, throughputBitsPerSecond, linkBitsPerSecond, linkUtilization
    case blackoutMilliseconds, longestPauseMilliseconds, verified, workers, reorderings
    case secondsRange, goodputRange, throughputRange, linkUtilizationRange
    case workerCapacityBitsPerSecond, workersWorth, sourcePorts, series, repeats
  }

  public func encode(to encoder: any Encoder) throws {
    var container = encoder.container(keyedBy: CodingKeys.self)
    try container.encode(scenario.name, forKey: .name)
    try container.encode(scenario.label, forKey: .label)
    try container.encode(scenario.group, forKey: .group)
    try container.encode(scenario.steering, forKey: .steering)
    try container.encode(scenario.migrations, forKey: .migrations)
    try container.encode(scenario.targets, forKey: .targets)
    try container.encode(scenario.transport, forKey: .transport)
    try container.encode(scenario.mtu, forKey: .mtu)
    try container.encode(scenario.isEmulated, forKey: .emulated)
    try container.encode(scenario.emulatedShare?.fraction, forKey: .emulatedShare)
    try container.encode(seconds.median, forKey: .seconds)
    try container.encode(UInt64(bytes.median), forKey: .bytes)
    try container.encode(goodputBitsPerSecond.median, forKey: .goodputBitsPerSecond)
    try container.encode(throughputBitsPerSecond.median, forKey: .throughputBitsPerSecond)
    try container.encode(scenario.link?.bitsPerSecond, forKey: .linkBitsPerSecond)
    try container.encode(linkUtilization?.median, forKey: .linkUtilization)
    try container.encode(blackoutMilliseconds.median, forKey: .blackoutMilliseconds)
    try container.encode(longestPauseMilliseconds, forKey: .longestPauseMilliseconds)
    try container.encode(verified, forKey: .verified)
    try container.encode(representative.workers, forKey: .workers)
    try container.encode(reorderings, forKey: .reorderings)
    try container.encode(seconds, forKey: .secondsRange)
    try container.encode(goodputBitsPerSecond, forKey: .goodputRange)
    try container.encode(throughputBitsPerSecond, forKey: .throughputRange)
    try container.encode(linkUtilization, forKey: .linkUtilizationRange)
    try container.encode(scenario.workerCapacity?.bitsPerSecond, forKey: .workerCapacityBitsPerSecond)
    try container.encode(workersWorth, forKey: .workersWorth)
    try container.encode(scenario.sourcePorts, forKey: .sourcePorts)
    try container.encode(representative.series, forKey: .series)
    try container.encode(repeats, forKey: .repeats)
  }

  /// Reads back what `encode` wrote; medians and ranges are made anew from the repeats.
  public init(from decoder: any Decoder) throws {
    let container = try decoder.container(keyedBy: CodingKeys.self)
    func rate(_ key: CodingKeys) throws -> BitRate? {
      try container.decodeIfPresent(UInt64.self, forKey: key).map(BitRate.init(bitsPerSecond:))
    }
    let repeats = try container.decode([Repeat].self, forKey: .repeats)
    guard !repeats.isEmpty else {
      throw DecodingError.dataCorruptedError(forKey: .repeats, in: container, debugDescription: "no repeats")
    }
    self.init(
      scenario: Scenario(
        name: try container.decode(String.self, forKey: .name),
        label: try container.decode(String.self, forKey: .label),
        group: try container.decode(String.self, forKey: .group),
        steering: try container.decode(String.self, forKey: .steering),
        migrations: try container.decode(Int.self, forKey: .migrations),
        targets: try container.decode(Int.self, forKey: .targets),
        transport: try container.decode(String.self, forKey: .transport),
        mtu: try container.decode(Int.self, forKey: .mtu),
        emulatedShare: try container.decodeIfPresent(Double.self, forKey: .emulatedShare).map(Share.init(fraction:)),
        link: try rate(.linkBitsPerSecond),
        workerCapacity: try rate(.workerCapacityBitsPerSecond),
        sourcePorts: try container.decode([UInt16].self, forKey: .sourcePorts)),
      repeats: repeats)
  }
}
