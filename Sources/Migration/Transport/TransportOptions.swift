import Units

/// Over what a migration goes.
public struct TransportOptions: Hashable, Sendable {
  /// TCP connections over each path.
  public var connections = 1
  /// All addresses of the target are used at once; else the first that answers, in the order given.
  public var usesAllPaths = false
  public var compression = CompressionMode.off
  /// Payload of all connections together; nil: no limit.
  public var bandwidth: BitRate?
  public var security: StreamSecurity
  /// The last pages follow after the hand-over, those that are touched there first.
  public var postCopy = false
  /// A page that equals another one is sent as a reference.
  public var eliminatesDuplicates = true
  /// How long a migration whose connections are all cut waits for one to come back.
  public var patience = Nanoseconds.seconds(30)

  public init(security: StreamSecurity) { self.security = security }

  /// Connections over which pages go to a target of so many addresses.
  package func pageConnections(paths: Int) -> Int {
    min((usesAllPaths ? paths : 1) * connections, WireFormat.mostConnections - (postCopy ? 1 : 0))
  }

  /// All of a migration's connections, each from a port of its own: post-copy's requests have another one.
  public func sourcePorts(paths: Int) -> Int { pageConnections(paths: paths) + (postCopy ? 1 : 0) }

  /// Bytes that may wait unsent in a connection; nil: as many as TCP takes, so that a thread that has to wait for a CPU
  /// does not leave the link idle. What takes its turn on the faster of two links shall not queue on the slower, a page
  /// that somebody waits for not behind others, and compression shall soon see what came of it.
  ///
  /// - Parameter compressionIsSettled: pages go as they are, and nothing is being tried.
  package func unsentLimit(compressionIsSettled: Bool) -> Int32? {
    usesAllPaths || postCopy || !(compression == .off || compressionIsSettled) ? 256 << 10 : nil
  }

  /// For the figures: `tcp`, `compression`, `multichannel`, or the last two together.
  package var name: String {
    let parts = [
      compression == .off ? nil : "compression", connections > 1 || usesAllPaths ? "multichannel" : nil,
    ].compactMap { $0 }
    return parts.isEmpty ? "tcp" : parts.joined(separator: "+")
  }
}
