/// When a worker's last slow passes began and ended. Frames are noted with the moment at which their pass began; what a slow
/// pass sends, or one whose worker the host kept off its CPU, leaves long after that.
struct SlowPasses {
  /// Shorter ones do not count: a fraction of any gap that is longer than paths' delays differ by.
  private static var least: UInt64 { 50_000 }
  private static var kept: Int { 64 }

  private let passes: UnsafeMutablePointer<(begin: UInt64, end: UInt64)>
  private var next = 0

  init() {
    passes = .allocate(capacity: Self.kept)
    passes.initialize(repeating: (0, 0), count: Self.kept)
  }

  func deallocate() { passes.deallocate() }

  @inline(__always) mutating func add(from begin: UInt64, to end: UInt64) {
    if end &- begin < Self.least { return }
    passes[next] = (begin, end)
    next = (next &+ 1) % Self.kept
  }

  /// When what was noted in a flowlet had left: the end of its pass if that is known to have been slow.
  @inline(never) func end(ofPassOf flowlet: Flowlet) -> UInt64? {
    for i in 0..<Self.kept where flowlet.isOf(passes[i].begin) { return passes[i].end }
    return nil
  }
}
