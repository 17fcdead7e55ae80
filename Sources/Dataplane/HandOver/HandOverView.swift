import CLinux
import Glibc
import Wire

/// A `HandOverTable` as workers hold it: pointers only.
public struct HandOverView: @unchecked Sendable {
  enum Word: Int {
    /// How often the worker was asked to catch up; by anyone.
    case requested
    /// The newest request it has caught up with; by the worker.
    case answered
    /// Workers that sleep until it answers, one bit each; by them.
    case waiting
    /// Moves listed; by control.
    case incoming
    /// How often it answered although not everything was seen to arrive or to leave; by the worker.
    case gaveUp
  }

  /// Of each place in a worker's list of moves: the move, and whether it is made, by control; the others by the worker.
  enum PlaceWord: Int {
    case move, isMade
    /// Fences at which frames wait for it.
    case fences
    case heldFrames, longestHold, expired
  }

  private static var head: Int { 16 }
  private static var placeWords: Int { 8 }
  private static var stride: Int { head + placeWords * HandOverTable.moves }

  let workers: Int
  let toeplitz: ToeplitzView
  let wakes: UnsafeMutablePointer<Int32>
  private let words: UnsafeMutablePointer<UInt64>

  init(workers: Int, toeplitz: ToeplitzView) {
    self.workers = workers
    self.toeplitz = toeplitz
    wakes = .allocate(capacity: workers)
    wakes.initialize(repeating: -1, count: workers)
    let count = workers * Self.stride
    // SAFETY: the stride is a multiple of two cache lines, so that no two workers' words share one.
    words = UnsafeMutableRawPointer.allocate(byteCount: count * 8, alignment: 128)
      .initializeMemory(as: UInt64.self, repeating: 0, count: count)
  }

  func deallocate() {
    wakes.deallocate()
    words.deallocate()
  }

  @inline(__always) private func word(_ worker: Int, _ word: Word) -> UnsafeMutablePointer<UInt64> {
    words + (worker &* Self.stride &+ word.rawValue)
  }

  @inline(__always) func load(_ worker: Int, _ word: Word) -> UInt64 { ml_load_acquire_u64(self.word(worker, word)) }

  @inline(__always) func store(_ worker: Int, _ word: Word, _ value: UInt64) {
    ml_store_release_u64(self.word(worker, word), value)
  }

  @inline(__always) private func word(_ worker: Int, place: Int, _ word: PlaceWord) -> UnsafeMutablePointer<UInt64> {
    words + (worker &* Self.stride &+ Self.head &+ Self.placeWords &* place &+ word.rawValue)
  }

  @inline(__always) func load(_ worker: Int, place: Int, _ word: PlaceWord) -> UInt64 {
    ml_load_acquire_u64(self.word(worker, place: place, word))
  }

  @inline(__always) func store(_ worker: Int, place: Int, _ word: PlaceWord, _ value: UInt64) {
    ml_store_release_u64(self.word(worker, place: place, word), value)
  }

  func add(_ worker: Int, place: Int, _ word: PlaceWord, _ value: UInt64) {
    store(worker, place: place, word, load(worker, place: place, word) &+ value)
  }

  func request(from worker: Int) -> UInt64 {
    let request = ml_fetch_add_u64(word(worker, .requested), 1) &+ 1
    wake(worker)
    return request
  }

  @inline(__always) func isAnswered(_ request: UInt64, by worker: Int) -> Bool {
    load(worker, .answered) >= request
  }

  /// Makes `worker` wake `waiter` when it answers next; the waiter looks once more before it sleeps.
  func await(_ worker: Int, by waiter: Int) { _ = ml_fetch_or_u64(word(worker, .waiting), 1 << UInt64(waiter)) }

  func answer(_ request: UInt64, by worker: Int) {
    store(worker, .answered, request)
    var waiting = ml_exchange_u64(word(worker, .waiting), 0)
    while waiting != 0 {
      wake(waiting.trailingZeroBitCount)
      waiting &= waiting &- 1
    }
  }

  private func wake(_ worker: Int) { if wakes[worker] >= 0 { ml_eventfd_signal(wakes[worker]) } }
}
