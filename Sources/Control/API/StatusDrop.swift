import Units

/// Frames dropped at one port for one reason, by one rule: an element of `show drops`.
public struct DropStatus: Codable, Sendable, Equatable {
  /// `null` for what happens at no port.
  @Nullable public var port: String?
  /// The reason's name, as in a port's `drops`.
  public var reason: String
  /// The rule that denied them; `null` for other reasons, and for rules that were removed.
  @Nullable public var rule: String?
  public var frames: UInt64
  /// The last of them, newest first; only of what rules dropped.
  public var recent: [RecentDrop]

  public init(port: String?, reason: String, rule: String? = nil, frames: UInt64, recent: [RecentDrop] = []) {
    self.reason = reason
    self.frames = frames
    self.recent = recent
    self.port = port
    self.rule = rule
  }
}

/// A frame that a rule dropped.
public struct RecentDrop: Codable, Sendable, Equatable {
  public var secondsAgo: Double
  public var direction: ACLRule.Direction
  /// IP addresses, with ports where they could be read; MAC addresses of what is not IP.
  public var source: String
  public var destination: String
  /// `tcp`, a number, or `null` for what is not IP or could not be read.
  @Nullable public var `protocol`: String?
  /// Bytes of the frame.
  public var length: Int

  public init(
    secondsAgo: Double, direction: ACLRule.Direction, source: String, destination: String, protocol name: String?,
    length: Int
  ) {
    self.secondsAgo = secondsAgo
    self.direction = direction
    self.source = source
    self.destination = destination
    self.length = length
    `protocol` = name
  }
}
