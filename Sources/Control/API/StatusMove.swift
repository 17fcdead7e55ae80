import Units

/// One move of an indirection entry from one worker to another: an element of `show moves`.
public struct MoveStatus: Codable, Sendable, Equatable {
  public enum Reason: String, Codable, Sendable, CaseIterable {
    /// Asked for by `rss move`.
    case forced
    /// Its worker was overloaded.
    case overload
    /// One worker can do what two did.
    case coalesce
  }

  /// Moves are numbered from 1.
  public var sequence: UInt32
  /// Since the switch started.
  public var atSeconds = 0.0
  /// The port whose queue it is; `default` for the default queue.
  public var port: String
  /// 0 to 127; `null` for all that the worker had of the queue.
  @Nullable public var entry: Int?
  public var from: Int
  public var to: Int
  public var reason: Reason
  /// It was only said, not made (`rebalance: {dryRun: true}`).
  public var isDryRun = false
  /// Loads of the two workers over the second before, 0 to 1; and over a second after, `null` until that has passed.
  public var fromLoad = 0.0
  public var toLoad = 0.0
  @Nullable public var fromLoadAfter: Double?
  @Nullable public var toLoadAfter: Double?
  /// Frames that had to wait until earlier ones had passed, and the longest wait.
  public var heldFrames: UInt64 = 0
  public var longestHoldMicroseconds = 0.0
  /// How often frames went on because they had waited too long: their order may be lost then.
  public var expired: UInt64 = 0
  /// When the last trace of the move was gone; `null` before.
  @Nullable public var settledAfterSeconds: Double?

  public init(sequence: UInt32, port: String, entry: Int?, from: Int, to: Int, reason: Reason) {
    self.sequence = sequence
    self.port = port
    self.from = from
    self.to = to
    self.reason = reason
    self.entry = entry
    fromLoadAfter = nil
    toLoadAfter = nil
    settledAfterSeconds = nil
  }
}

extension MoveStatus: CustomStringConvertible {
  /// One line for the log.
  public var description: String {
    let what = entry.map { "entry \($0)" } ?? "all"
    let begin = isDryRun ? "would move" : "move \(sequence)"
    let loads =
      "worker \(from) (\(Figure.change(fromLoad, fromLoadAfter))) to \(to) (\(Figure.change(toLoad, toLoadAfter)))"
    let held =
      isDryRun
      ? "" : "; held \(heldFrames) frames, at most \(Figure.decimal(longestHoldMicroseconds, places: 0)) us"
    return "\(begin): \(port), \(what): \(loads), \(reason.rawValue)\(held)"
  }
}
