import CLinux
import Glibc
import Units
import Wire

/// One change of an indirection table: frames of this entry, or of all entries, go to another worker from now on. Or a
/// new arrangement of queues and filters, by which any frame may.
public struct Move: Hashable, Sendable {
  /// What `queue` says of a new arrangement; `entry` says which one.
  public static let everyQueue: UInt16 = .max - 1
  /// What `entry` says when every entry of the queue may have come from `from`.
  public static let wholeQueue: UInt8 = 255
  /// What `entry` says for frames that cannot be hashed: they follow the home worker.
  public static let home: UInt8 = 128

  /// Never used twice while a switch runs.
  public var sequence: UInt32
  public var queue: UInt16
  /// 0 to 127, `home` or `wholeQueue`.
  public var entry: UInt8
  public var from: UInt8

  public init(sequence: UInt32, queue: UInt16, entry: UInt8, from: UInt8) {
    (self.sequence, self.queue, self.entry, self.from) = (sequence, queue, entry, from)
  }

  /// Frames steered by `arrangement` may have come from `from` before. Frames from taps do not say how they were
  /// steered: nothing is held of them.
  public init(sequence: UInt32, arrangement: UInt8, from: UInt8) {
    self.init(sequence: sequence, queue: Self.everyQueue, entry: arrangement, from: from)
  }

  /// Whether frames steered so may have come from `from` before.
  func concerns(_ steered: Steered) -> Bool {
    if queue == Self.everyQueue { return entry == steered.arrangement }
    return (entry == steered.entry || entry == Self.wholeQueue)
      && (queue == steered.queue || steered.queue == Steered.anyQueue)
  }

  /// One word, so that a worker reads it whole; 0 is no move.
  var word: UInt64 {
    1 << 63 | UInt64(from) << 56 | UInt64(queue) << 40 | UInt64(entry) << 32 | UInt64(sequence)
  }

  init?(word: UInt64) {
    guard word != 0 else { return nil }
    self.init(
      sequence: UInt32(truncatingIfNeeded: word), queue: UInt16(truncatingIfNeeded: word >> 40),
      entry: UInt8(truncatingIfNeeded: word >> 32), from: UInt8(word >> 56 & 0x7F))
  }
}

/// What a worker held back for one move.
public struct MoveReport: Hashable, Sendable {
  /// Frames that waited.
  public var heldFrames: UInt64
  /// How long the one that waited longest did.
  public var longestHold: Nanoseconds
  /// Times that frames went on because they had waited too long.
  public var expired: UInt64

  public init(heldFrames: UInt64 = 0, longestHold: Nanoseconds = Nanoseconds(0), expired: UInt64 = 0) {
    (self.heldFrames, self.longestHold, self.expired) = (heldFrames, longestHold, expired)
  }
}

/// What workers and control share to hand entries from one worker to another in order: the words of every worker in
/// cache lines of its own.
///
/// A worker is asked to catch up by counting its `requested` up. It takes down what is in its RX rings, and when all of
/// that is taken, transmitted and complete it sets `answered` to the request. A move is listed at the worker that
/// receives the entry before any XDP program can know of it, until nothing can be left at the other: the worker holds
/// each stream's first frames of the entry until the other has caught up.
///
/// Words are atomic with one writer each; `begin`, `made`, `close`, `isOver` and `end` are control's, called one at a time.
public final class HandOverTable: @unchecked Sendable {
  /// Moves to one worker that can be under way.
  public static let moves = 64

  let view: HandOverView
  private let toeplitz: ToeplitzTable
  /// Index: worker, place.
  private var isReserved: [[Bool]]

  public init(workers: Int, toeplitz: ToeplitzTable) {
    self.toeplitz = toeplitz
    view = HandOverView(workers: workers, toeplitz: toeplitz.view)
    isReserved = Array(repeating: Array(repeating: false, count: Self.moves), count: workers)
  }

  deinit { view.deallocate() }

  /// Names the eventfd that wakes a worker; -1 for none.
  func setWake(_ descriptor: Int32, of worker: Int) { view.wakes[worker] = descriptor }

  /// Tells worker `to` that the move is about to be made. Returns its place in the worker's list, or nil when the list is
  /// full.
  public func begin(_ move: Move, to worker: Int) -> Int? {
    guard let place = isReserved[worker].firstIndex(of: false) else { return nil }
    isReserved[worker][place] = true
    for word in [HandOverView.PlaceWord.isMade, .heldFrames, .longestHold, .expired] {
      view.store(worker, place: place, word, 0)
    }
    view.store(worker, place: place, .move, move.word)
    view.store(worker, .incoming, view.load(worker, .incoming) &+ 1)
    return place
  }

  /// The move is made: every frame that is steered from now on is steered so.
  public func made(place: Int, at worker: Int) { view.store(worker, place: place, .isMade, 1) }

  /// Nothing of the move is left at the other worker: no more frames are held for it. Those that are held go on soon.
  public func close(place: Int, at worker: Int) {
    view.store(worker, place: place, .move, 0)
    view.store(worker, .incoming, view.load(worker, .incoming) &- 1)
  }

  /// Whether no frame waits for a closed move any more, once the worker has caught up with a request made after.
  public func isOver(place: Int, at worker: Int) -> Bool { view.load(worker, place: place, .fences) == 0 }

  /// Frees the place of a move that is over; returns what the worker held for it.
  public func end(place: Int, at worker: Int) -> MoveReport {
    isReserved[worker][place] = false
    return MoveReport(
      heldFrames: view.load(worker, place: place, .heldFrames),
      longestHold: Nanoseconds(view.load(worker, place: place, .longestHold)),
      expired: view.load(worker, place: place, .expired))
  }

  /// Asks a worker to catch up with what it has been given so far.
  public func request(from worker: Int) -> UInt64 { view.request(from: worker) }

  public func isAnswered(_ request: UInt64, by worker: Int) -> Bool { view.isAnswered(request, by: worker) }
}
