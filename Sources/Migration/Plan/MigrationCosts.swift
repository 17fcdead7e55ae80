/// What migrations cost on a host and path, measured there without limits (`migrate plan --calibrate`). Rates are bytes
/// of guest memory a second.
public struct MigrationCosts: Codable, Hashable, Sendable {
  /// How fast one kind of page goes, and what is left of it.
  public struct Pages: Codable, Hashable, Sendable {
    public var bytesPerSecond: Double
    /// TCP payload for each byte of memory.
    public var ratio: Double
    /// CPU time of the source's threads for each byte.
    public var cpuSecondsPerByte: Double

    public init(bytesPerSecond: Double, ratio: Double, cpuSecondsPerByte: Double) {
      self.bytesPerSecond = bytesPerSecond
      self.ratio = ratio
      self.cpuSecondsPerByte = cpuSecondsPerByte
    }
  }

  /// Pages at a compression level.
  public struct Level: Codable, Hashable, Sendable {
    public var random: Pages
    public var compressible: Pages

    public init(random: Pages, compressible: Pages) {
      self.random = random
      self.compressible = compressible
    }

    /// Of contents with this part of compressible pages.
    func mixed(compressible part: Double) -> Pages {
      let (a, b) = (compressible, random)
      return Pages(
        bytesPerSecond: 1 / (part / a.bytesPerSecond + (1 - part) / b.bytesPerSecond),
        ratio: part * a.ratio + (1 - part) * b.ratio,
        cpuSecondsPerByte: part * a.cpuSecondsPerByte + (1 - part) * b.cpuSecondsPerByte)
    }
  }

  /// CPUs of the host that was measured.
  public var cores: Int
  /// By `CompressionLevel`'s case; `none` over one connection.
  public var levels: [String: Level]
  /// All that this host sends or receives over several connections, without compression.
  public var togetherBytesPerSecond: Double
  /// Pages of zeros are only read.
  public var zeroBytesPerSecond: Double
  /// Of each migration: what is left when there is nothing to copy.
  public var fixedSeconds: Double
  /// Of each pause: what is left when there is nothing to copy.
  public var fixedBlackoutSeconds: Double

  public init(
    cores: Int, levels: [String: Level], togetherBytesPerSecond: Double, zeroBytesPerSecond: Double,
    fixedSeconds: Double, fixedBlackoutSeconds: Double
  ) {
    self.cores = cores
    self.levels = levels
    self.togetherBytesPerSecond = togetherBytesPerSecond
    self.zeroBytesPerSecond = zeroBytesPerSecond
    self.fixedSeconds = fixedSeconds
    self.fixedBlackoutSeconds = fixedBlackoutSeconds
  }

  /// Bytes of frames without FCS for each byte of TCP payload: segments with timestamps.
  static func frameBytesPerByte(mtu: Int) -> Double { Double(mtu + 14) / Double(mtu - 52) }
}
