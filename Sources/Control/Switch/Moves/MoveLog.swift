import Dataplane
import Units

/// The moves made, newest last, and what is under way.
struct MoveLog {
  /// Moves remembered.
  static let kept = 4096

  /// A move whose frames may still be at the worker before.
  struct UnderWay {
    /// nil: every queue, as queues or filters have changed.
    var queue: QueueID?
    /// nil: every entry, and what cannot be hashed.
    var entry: Int?
    var from: Int
    var to: Int
    var sequence: UInt32 = 0
    /// In the list of moves of `to`.
    var place = 0
  }

  private(set) var moves: [MoveStatus] = []
  private var next: UInt32 = 1
  /// Not yet taken on by `Switch.settleMoves`, and the ones that are.
  var waiting: [UnderWay] = []
  var settling: [UnderWay] = []
  /// Moves whose loads afterwards are not known yet, oldest first, and when they were made.
  var recent: [(sequence: UInt32, at: Nanoseconds)] = []

  mutating func nextSequence() -> UInt32 {
    defer { next &+= 1 }
    return next
  }

  mutating func append(_ move: MoveStatus) {
    moves.append(move)
    // By halves: an array that loses its first element at each turn is copied at each turn.
    if moves.count >= 2 * Self.kept { moves.removeFirst(Self.kept) }
  }

  var newest: ArraySlice<MoveStatus> { moves.suffix(Self.kept) }

  mutating func update(_ sequence: UInt32, _ change: (inout MoveStatus) -> Void) {
    guard let index = moves.lastIndex(where: { $0.sequence == sequence }) else { return }
    change(&moves[index])
  }

  var isIdle: Bool { waiting.isEmpty && settling.isEmpty }

  /// Whether anything of the entry, or of all for nil, is under way; it must not be moved again until that is over.
  func isUnderWay(_ queue: QueueID, _ entry: Int?) -> Bool {
    let concerns: (UnderWay) -> Bool = {
      $0.queue == nil || $0.queue == queue && ($0.entry == nil || entry == nil || $0.entry == entry)
    }
    return waiting.contains(where: concerns) || settling.contains(where: concerns)
  }
}
