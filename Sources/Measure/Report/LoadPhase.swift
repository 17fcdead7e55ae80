import Units

/// A stretch of a repeat in which the load stayed as it was. Rates are frame bits a second.
public struct LoadPhase: Hashable, Sendable, Codable {
  /// Since the repeat's start.
  public var startSeconds: Double
  public var seconds: Double
  public var askedBitsPerSecond: Double
  /// What a placement made anew with knowledge of the load carries, and what the best single one does.
  public var bestBitsPerSecond: Double
  public var bestStaticBitsPerSecond: Double
  public var carriedBitsPerSecond: Double
  /// What was carried from 3 s after the shift on.
  public var recoveredBitsPerSecond: Double
}

/// A worker's load over time.
public struct WorkerSeries: Hashable, Sendable, Codable {
  public struct Point: Hashable, Sendable, Codable {
    public var seconds: Double
    /// 0 to 1.
    public var load: Double
  }

  public var worker: Int
  public var points: [Point]
}

/// A move of an entry, or of a queue, during a repeat.
public struct MoveMark: Hashable, Sendable, Codable {
  public var seconds: Double
  public var port: String
  /// nil: all that the worker had of the queue.
  @Nullable public var entry: Int?
  public var from: Int
  public var to: Int
  public var reason: String
  public var heldFrames: UInt64
  public var longestHoldMicroseconds: Double
  /// How often frames went on because they had waited too long: their order may be lost then.
  public var expired: UInt64
}
