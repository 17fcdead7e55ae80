/// How far a worker is with one RX ring: enough to tell when everything that was in it at one moment has been taken.
/// All counts wrap.
public struct ReceiveProgress: Sendable {
  /// Frames taken, and the number of the newest (`mr_frame_metadata.number`).
  public var taken: UInt32 = 0
  public var lastNumber: UInt32 = 0
  /// What was in the ring at that moment: its producer index, and the newest number given.
  private var producerMark: UInt32 = 0
  private var numberMark: UInt32 = 0

  public init() {}

  /// Takes down what is in the ring. `given` counts the frames that were sent its way, dropped ones included.
  public mutating func mark(producer: UInt32, given: UInt32) {
    producerMark = producer
    numberMark = given
  }

  /// Whether all that the ring held is taken.
  public func hasTakenMarked(consumer: UInt32) -> Bool { Int32(bitPattern: consumer &- producerMark) >= 0 }

  /// Whether a frame as new as the newest one given is taken. A driver publishes the rings of its sockets one after
  /// another at the end of a poll, so that a ring may hold less than it was given.
  public var hasReachedMarkedNumber: Bool { Int32(bitPattern: lastNumber &- numberMark) >= 0 }

  /// Whether every frame given was taken or dropped: the newest one may have been dropped, and then no number tells.
  /// `given` must be read after `drops`, and that after the ring was found empty: equal sums leave nothing in between.
  public func isEverythingKnown(drops: UInt32, given: UInt32) -> Bool { taken &+ drops == given }

  /// Counts what is missing as taken.
  public mutating func forgetMissing(drops: UInt32, given: UInt32) {
    taken = given &- drops
    lastNumber = given
  }
}
