import Units

/// The published times of live migrations (the seeds), each predicted by the planner from the others. Their hosts: two
/// with two ports of 10 Gbit/s each, cores to spare, VMs that write next to nothing.
public enum PublishedTimes {
  /// What is known of a path: its NIC without any tuning, or with jumbo frames and power settings for speed.
  public enum Path: String, Codable, Hashable, Sendable { case plain, tuned }

  public struct Point: Hashable, Sendable {
    public var what: String
    public var source: String
    public var memory: Bytes
    public var vms = 1
    public var paths: [Path]
    public var isCompressed = false
    /// Seconds; a range's middle. `isLimit`: it took less.
    public var seconds: Double
    public var isLimit = false
  }

  /// One point beside what the planner makes of the others.
  public struct Row: Codable, Hashable, Sendable {
    public var what: String
    public var source: String
    public var publishedSeconds: Double
    public var predictedSeconds: Double
    /// Published as "under": anything below holds.
    public var isLimit: Bool
    /// Predicted over published, less 1.
    public var error: Double
    public var holds: Bool
  }

  private static let tcp = "002_99a96c6d0b278df4.txt"
  private static let gibibyte: UInt64 = 1 << 30

  public static let points: [Point] = [
    Point(
      what: "55 GB, one NIC, nothing tuned", source: tcp, memory: Bytes(55 * gibibyte), paths: [.plain], seconds: 70),
    Point(
      what: "55 GB, one NIC, jumbo frames and power settings", source: tcp, memory: Bytes(55 * gibibyte),
      paths: [.tuned], seconds: 54),
    Point(
      what: "55 GB, two NICs, one of them without jumbo frames", source: tcp, memory: Bytes(55 * gibibyte),
      paths: [.tuned, .plain], seconds: 31),
    Point(
      what: "55 GB, two NICs, jumbo frames on both", source: tcp, memory: Bytes(55 * gibibyte),
      paths: [.tuned, .tuned], seconds: 28),
    Point(
      what: "6 VMs of 9 GB at once, a team of two NICs, compression: 12-14 s", source: tcp,
      memory: Bytes(9 * gibibyte), vms: 6, paths: [.tuned, .tuned], isCompressed: true, seconds: 13),
    Point(
      what: "56 GB, two NICs with RDMA: under 36 s", source: "001_81205a6bb23cc439.txt",
      memory: Bytes(56 * gibibyte), paths: [.tuned, .tuned], seconds: 36, isLimit: true),
  ]

  /// What each path carries, as published of the NICs.
  private static let link = 10e9
  /// "Compression basically slashes the live migration times in half."
  private static let compression = 2.0

  public static func rows() -> [Row] {
    points.map { point in
      let carried = carried(fitting: points.filter { $0 != point && !$0.isCompressed && !$0.isLimit })
      let predicted = predict(point, carried)
      let error = predicted / point.seconds - 1
      return Row(
        what: point.what, source: point.source, publishedSeconds: point.seconds, predictedSeconds: predicted,
        isLimit: point.isLimit, error: error, holds: point.isLimit ? error < 0 : abs(error) <= 0.25)
    }
  }

  /// The part of its link that each kind of path carries, by least squares of rates: a point's rate is the sum over its
  /// paths.
  private static func carried(fitting points: [Point]) -> [Path: Double] {
    var (pp, pt, tt, py, ty) = (0.0, 0.0, 0.0, 0.0, 0.0)
    for point in points {
      let plain = Double(point.paths.count { $0 == .plain })
      let tuned = Double(point.paths.count { $0 == .tuned })
      let rate = Double(point.memory.count) * 8 / point.seconds / link
      (pp, pt, tt) = (pp + plain * plain, pt + plain * tuned, tt + tuned * tuned)
      (py, ty) = (py + plain * rate, ty + tuned * rate)
    }
    let determinant = pp * tt - pt * pt
    return [.plain: (py * tt - ty * pt) / determinant, .tuned: (ty * pp - py * pt) / determinant]
  }

  private static func predict(_ point: Point, _ carried: [Path: Double]) -> Double {
    let rate = point.paths.reduce(0) { $0 + link * (carried[$1] ?? 1) }
    let host = ClusterPlan.Host(link: BitRate(bitsPerSecond: UInt64(rate)), cores: 1)
    let profile = VMProfile(
      name: "vm", memory: point.memory, zeroShare: 0, compressibleShare: point.isCompressed ? 1 : 0)
    var transport = TransportOptions(security: .plain)
    if point.isCompressed { transport.compression = .automatic }
    return ClusterPlan(
      hosts: [host, host], moves: Array(repeating: .init(profile, from: 0, to: 1), count: point.vms),
      simultaneous: point.vms, transport: transport, costs: costs
    ).prediction().seconds
  }

  /// Hosts with cores to spare: the link is the limit. What frames add is in what a path is found to carry.
  private static var costs: MigrationCosts {
    func pages(_ ratio: Double) -> MigrationCosts.Pages {
      .init(
        bytesPerSecond: 1e12, ratio: ratio / MigrationCosts.frameBytesPerByte(mtu: 1500), cpuSecondsPerByte: 0)
    }
    return MigrationCosts(
      cores: 1,
      levels: [
        "\(CompressionLevel.none)": .init(random: pages(1), compressible: pages(1)),
        "\(CompressionLevel.zstd1)": .init(random: pages(1), compressible: pages(1 / compression)),
      ], togetherBytesPerSecond: 1e12, zeroBytesPerSecond: 1e12, fixedSeconds: 0, fixedBlackoutSeconds: 0)
  }
}
