/// Whether others want a worker's CPU, judged by the time that passes between its looks for frames.
///
/// To look takes CPU time that is missing when there is work: the kernel then lets the others go first, for some
/// milliseconds each time. A worker that sleeps instead is let in as soon as it wakes. (TCP of one stream, receiver on the
/// worker's CPU, kernel 6.18: 11.5 Gbit/s with looking, 12.2 without; two runs each.)
package struct CrowdedCPU {
  package init() {}

  private var lastLook: UInt64 = 0
  /// Between the last two looks.
  private var lastGap: UInt64 = 0
  /// Time spent looking since the last judgement, and the part in which something else ran.
  private var looked: UInt64 = 0
  private var lost: UInt64 = 0
  private var crowdedUntil: UInt64 = 0
  private var pause = Self.shortestPause

  /// One look takes less, or not much longer than the one before it: the more ports, the longer.
  private static let longestLook: UInt64 = 10_000
  /// A judgement is made when so much time was spent looking.
  private static let window: UInt64 = 10_000_000
  /// Looking is tried again after a pause: doubled, while others still want the CPU.
  private static let shortestPause: UInt64 = 100_000_000
  private static let longestPause: UInt64 = 1_000_000_000

  @inline(__always) package func mayLook(at now: UInt64) -> Bool { now >= crowdedUntil }

  package mutating func beginLooking(at now: UInt64) { lastLook = now }

  /// One look after another, with nothing found in between.
  package mutating func look(at now: UInt64) {
    let gap = now &- lastLook
    if gap > Self.longestLook &+ 2 &* lastGap { lost &+= gap }
    looked &+= gap
    (lastLook, lastGap) = (now, gap)
    if looked >= Self.window { judge(now) }
  }

  /// More than an eighth lost is more than the kernel's own threads take now and then.
  private mutating func judge(_ now: UInt64) {
    if lost > looked / 8 {
      crowdedUntil = now &+ pause
      pause = min(2 &* pause, Self.longestPause)
    } else {
      pause = Self.shortestPause
    }
    (looked, lost, lastGap) = (0, 0, 0)
  }
}
