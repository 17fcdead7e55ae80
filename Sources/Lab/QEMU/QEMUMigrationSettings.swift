import Units

/// How QEMU is asked to migrate.
public struct QEMUMigrationSettings: Sendable, Equatable {
  public enum Mode: String, Sendable, CaseIterable, Codable {
    /// One connection, rounds until the rest fits the pause.
    case plain
    /// Pages over several connections.
    case multifd
    /// The guest moves on first, and fetches its pages.
    case postCopy = "post-copy"
  }

  public enum Compression: String, Sendable, CaseIterable, Codable { case none, zlib, zstd }

  public var mode: Mode
  /// Connections of multifd, 1 to 255.
  public var channels: Int
  /// Of multifd.
  public var compression: Compression
  /// nil: not limited. Post-copy is over before it begins without a limit.
  public var bandwidth: BitRate?

  public init(mode: Mode = .plain, channels: Int = 4, compression: Compression = .none, bandwidth: BitRate? = nil) {
    self.mode = mode
    self.channels = channels
    self.compression = compression
    self.bandwidth = bandwidth
  }

  /// Arguments of `migrate-set-capabilities`, the same on both sides.
  struct Capabilities: Encodable {
    struct One: Encodable {
      var capability: String
      var state = true
    }
    var capabilities: [One]
  }

  var capabilities: Capabilities {
    switch mode {
    case .plain: Capabilities(capabilities: [])
    case .multifd: Capabilities(capabilities: [.init(capability: "multifd")])
    case .postCopy: Capabilities(capabilities: [.init(capability: "postcopy-ram")])
    }
  }

  /// Arguments of `migrate-set-parameters`. Bytes a second, not bits.
  struct Parameters: Encodable {
    var maxBandwidth: UInt64
    var maxPostcopyBandwidth: UInt64
    var multifdChannels: Int?
    var multifdCompression: String?

    enum CodingKeys: String, CodingKey {
      case maxBandwidth = "max-bandwidth"
      case maxPostcopyBandwidth = "max-postcopy-bandwidth"
      case multifdChannels = "multifd-channels"
      case multifdCompression = "multifd-compression"
    }
  }

  var parameters: Parameters {
    // QEMU's own default is 1 Gbit/s.
    let bytes = (bandwidth?.bitsPerSecond ?? 1_000_000_000_000) / 8
    let isMultiple = mode == .multifd
    return Parameters(
      maxBandwidth: bytes, maxPostcopyBandwidth: bytes, multifdChannels: isMultiple ? channels : nil,
      multifdCompression: isMultiple ? compression.rawValue : nil)
  }

  /// Arguments of `migrate` and `migrate-incoming`.
  struct Address: Encodable {
    var uri: String
  }
}
