import ArgumentParser
import Migration
import Units

/// Over what `migrate send` sends.
struct MigrateTransportOptions: ParsableArguments {
  /// As one writes it on the command line.
  enum Transport: String, ExpressibleByArgument, CaseIterable {
    case tcp, compression, multichannel
    case both = "compression+multichannel"
  }

  /// A compression level by name.
  enum Level: String, ExpressibleByArgument, CaseIterable {
    case auto, lz4, zstd1, zstd3

    var mode: CompressionMode {
      switch self {
      case .auto: .automatic
      case .lz4: .always(.lz4)
      case .zstd1: .always(.zstd1)
      case .zstd3: .always(.zstd3)
      }
    }
  }

  @Option(help: "tcp: one connection; compression: from idle CPU time; multichannel: all addresses of --to at once.")
  var transport = Transport.tcp

  @Option(
    help: ArgumentHelp("TCP connections over each path; left out: 4 with multichannel, else 1.", valueName: "n"))
  var connections: Int?

  @Option(help: "auto chooses what moves the most memory a second, none included.")
  var compressionLevel = Level.auto

  @Option(
    help: ArgumentHelp("What all connections of a migration may send together.", valueName: "rate"),
    transform: BitRate.init(parsing:))
  var bandwidth: BitRate?

  @Option(
    help: ArgumentHelp("How long to wait for a connection to come back when all are cut.", valueName: "time"),
    transform: Nanoseconds.init(parsing:))
  var patience = Nanoseconds.seconds(30)

  func validate() throws {
    guard (1...16).contains(connections ?? 1) else { throw ValidationError("--connections is 1 to 16.") }
    // A source must stop asking before its target forgets.
    guard patience.count > 0, patience <= .seconds(60) else { throw ValidationError("--patience is up to 60s.") }
    guard bandwidth.map({ $0.bitsPerSecond > 0 }) ?? true else { throw ValidationError("--bandwidth is above 0.") }
  }

  func options(_ security: StreamSecurity) -> TransportOptions {
    var options = TransportOptions(security: security)
    options.usesAllPaths = transport == .multichannel || transport == .both
    options.connections = connections ?? (options.usesAllPaths ? 4 : 1)
    if transport == .compression || transport == .both { options.compression = compressionLevel.mode }
    options.bandwidth = bandwidth
    options.patience = patience
    return options
  }
}
