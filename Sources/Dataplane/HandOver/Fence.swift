/// How a frame was steered.
struct Steered {
  /// The queue of a frame from a tap: its steering program cannot tell.
  static let anyQueue: UInt16 = .max
  /// The arrangement of a frame from a tap.
  static let noArrangement: UInt8 = .max

  var queue: UInt16
  /// 0 to 127, or `Move.home`.
  var entry: UInt8
  var arrangement: UInt8
}

/// The frames of one moved entry, or of a new arrangement, as one device queue delivers them, that wait until the worker
/// which had them before has let all earlier ones pass. 64 bytes, trivial.
struct Fence {
  /// The stream: port and which of its sockets.
  var port: UInt16
  var socket: UInt8
  /// As in `Move`, but never `wholeQueue`.
  var entry: UInt8
  var queue: UInt16
  /// The move was made before the other worker was asked: its answer is for all that follows.
  var isMade = false
  /// The move, its place at this worker, and the worker that is waited for.
  var sequence: UInt32 = 0
  var place: UInt8 = 0
  var from: UInt8 = 0
  /// What that worker was asked, and how often it had given up before.
  var request: UInt64 = 0
  var gaveUp: UInt64 = 0
  var since: UInt64 = 0
  var first = HeldFrames.none
  var last = HeldFrames.none
  var count: UInt32 = 0

  /// Entries that can wait at a worker at once.
  static let limit = 256
  /// How long frames wait at most: longer than an emulated core sleeps, or a busy host keeps a worker off its CPU.
  static let longestHold: UInt64 = 3_000_000_000

  @inline(__always) func holds(_ steered: Steered, port: UInt16, socket: UInt8) -> Bool {
    guard self.port == port, self.socket == socket else { return false }
    if queue == Move.everyQueue { return entry == steered.arrangement }
    return entry == steered.entry && queue == steered.queue
  }

  /// As the frames that wait were steered, as far as moves ask.
  var steered: Steered {
    Steered(queue: queue, entry: entry, arrangement: queue == Move.everyQueue ? entry : Steered.noArrangement)
  }
}

/// Which moves are over for which streams: a move that is still listed holds a stream's frames only once.
///
/// A cache: what is forgotten costs a short wait more.
struct PassedFences {
  private static var size: Int { 1024 }
  private let words: UnsafeMutablePointer<UInt64>

  init() {
    words = .allocate(capacity: Self.size)
    words.initialize(repeating: 0, count: Self.size)
  }

  func deallocate() { words.deallocate() }

  func contains(_ move: Move, _ steered: Steered, port: UInt16, socket: UInt8) -> Bool {
    let entry = move.queue == Move.everyQueue ? move.entry : steered.entry
    let word = Self.word(move.sequence, entry, port, socket)
    return words[Self.slot(word)] == word
  }

  func insert(_ fence: Fence) {
    let word = Self.word(fence.sequence, fence.entry, fence.port, fence.socket)
    words[Self.slot(word)] = word
  }

  /// Never 0, as move sequences begin at 1.
  private static func word(_ sequence: UInt32, _ entry: UInt8, _ port: UInt16, _ socket: UInt8) -> UInt64 {
    UInt64(sequence) << 32 | UInt64(entry) << 24 | UInt64(port & 0x3FF) << 6 | UInt64(socket & 0x3F)
  }

  private static func slot(_ word: UInt64) -> Int { Int((word &* 0x9E37_79B9_7F4A_7C15) >> 54) }
}
