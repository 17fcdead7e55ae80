import Units

/// When queues and entries move to other workers, and when they come together again.
public struct RebalancePolicy: Hashable, Sendable {
  /// A worker with this load is overloaded.
  public var upper = Share(fraction: 0.9)
  /// Two workers whose loads together are no more than this become one.
  public var lower = Share(fraction: 0.6)
  /// Loads are taken over this time; and what was moved shows in them for this time.
  public var window = Nanoseconds.seconds(1)
  /// The part by which the variance of the loads must become less.
  public var minimumGain = Share(fraction: 0.25)
  /// What has moved stays for so long unless its load grows to twice as much; and workers are joined only when none was
  /// overloaded for so long.
  public var minimumInterval = Nanoseconds.seconds(60)
  /// Moves are only said, not made.
  public var dryRun = false

  public init() {}

  /// Loads that differ by less are equal.
  static let leastDifference = 0.1
  /// An entry of less load is not worth a move.
  static let leastLoad = 0.001
  /// What has moved may move again when its load has become so many times as much.
  static let loadGrowth = 2.0
  /// Windows after which what has moved shows its own load, not what it had to do without before.
  static let settlingWindows: UInt64 = 3
  /// Moves to one worker at a time, and of these to spare for `rss move`: `HandOverTable.moves` is 64.
  static let mostMoves = 48
}
