/// Frames dropped at one port for one reason: an element of `show drops`.
public struct DropStatus: Codable, Sendable, Equatable {
  /// `null` for what happens at no port.
  @Nullable public var port: String?
  /// The reason's name, as in a port's `drops`.
  public var reason: String
  public var frames: UInt64

  public init(port: String?, reason: String, frames: UInt64) {
    self.reason = reason
    self.frames = frames
    self.port = port
  }
}
