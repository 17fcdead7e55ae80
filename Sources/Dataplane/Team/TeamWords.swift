import CLinux

/// The words of a team, in memory of its own.
struct TeamWords: @unchecked Sendable {
  enum Word: Int {
    /// Members that frames may be sent to.
    case live
    /// The moment from which on frames are taken from their proper members only.
    case settled
    /// The step of the clock by which loads have decayed.
    case loadStep
  }

  /// One for each member.
  enum MemberWord: Int {
    case address, heard, shared, load
  }

  /// One for each worker and member, written by that worker alone.
  enum WorkerWord: Int {
    /// Bytes sent since they were last added to the member's load.
    case pending
    case moves
  }

  enum PortWord { case affinity }

  private static let head = 8
  private static let stride = TeamTable.members
  private static let portCount = 1024
  private static var affinities: Int { head + 4 * stride }
  private static var workerWords: Int { affinities + portCount }
  /// Of one worker: when it last added to the loads, then its words of each member. Whole cache lines.
  private static let workerStride = 8 + 2 * stride

  let words: UnsafeMutablePointer<UInt64>

  init(workers: Int) {
    let count = Self.workerWords + workers * Self.workerStride
    // SAFETY: cache-line aligned so that no two workers' words share a line.
    words = UnsafeMutableRawPointer.allocate(byteCount: count * 8, alignment: 64)
      .initializeMemory(as: UInt64.self, repeating: 0, count: count)
  }

  func deallocate() { words.deallocate() }

  @inline(__always) subscript(word: Word) -> UInt64 {
    get { ml_load_acquire_u64(words + word.rawValue) }
    nonmutating set { ml_store_release_u64(words + word.rawValue, newValue) }
  }

  @inline(__always) func place(_ word: MemberWord, _ member: Int) -> UnsafeMutablePointer<UInt64> {
    words + (Self.head &+ word.rawValue &* Self.stride &+ member)
  }

  @inline(__always) func load(_ word: MemberWord, _ member: Int) -> UInt64 { ml_load_relaxed_u64(place(word, member)) }

  func store(_ word: MemberWord, _ member: Int, _ value: UInt64) { ml_store_relaxed_u64(place(word, member), value) }

  /// Changes a word that others may change at the same time.
  @inline(__always) func change(_ word: MemberWord, _ member: Int, _ next: (UInt64) -> UInt64) {
    let place = place(word, member)
    while true {
      let old = ml_load_relaxed_u64(place)
      if ml_compare_exchange_u64(place, old, next(old)) { return }
    }
  }

  @inline(__always) func load(_: PortWord, _ port: Int) -> UInt64 {
    ml_load_relaxed_u64(words + (Self.affinities &+ port & (Self.portCount - 1)))
  }

  func store(_: PortWord, _ port: Int, _ value: UInt64) {
    ml_store_relaxed_u64(words + (Self.affinities + port), value)
  }

  /// The step at which a worker last added to the loads.
  @inline(__always) func added(_ worker: Int) -> UnsafeMutablePointer<UInt64> {
    words + (Self.workerWords &+ worker &* Self.workerStride)
  }

  @inline(__always) func place(_ word: WorkerWord, _ worker: Int, _ member: Int) -> UnsafeMutablePointer<UInt64> {
    added(worker) + (8 &+ word.rawValue &* Self.stride &+ member)
  }

  @inline(__always) func load(_ word: WorkerWord, _ worker: Int, _ member: Int) -> UInt64 {
    ml_load_relaxed_u64(place(word, worker, member))
  }

  @inline(__always) func add(_ word: WorkerWord, _ worker: Int, _ member: Int, _ value: UInt64) {
    let place = place(word, worker, member)
    ml_store_relaxed_u64(place, place.pointee &+ value)
  }
}
